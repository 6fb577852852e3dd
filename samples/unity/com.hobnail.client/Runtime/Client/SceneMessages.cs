// Messages about things that sound: emitters, events, frames of features.
using System.Collections.Generic;

namespace Hobnail
{
    /// <summary>What is null has its default on creation and stays as it is on update.</summary>
    public sealed class EmitterSettings
    {
        public string Prompt, Material, Bus, Engine;
        public double? MassKg, SizeM, GainDb, Pan;
        public bool PanFollowsPosition;  // overrides Pan: says "nil", which is the server's default
        public Vector? PositionM;
        public int? Priority;
        public bool? Shared;
        public long? Seed;
        public Dictionary<string, double> Controls;

        /// <summary>Lays what the other says over this; controls merge key by key.</summary>
        public void Merge(EmitterSettings newer)
        {
            Prompt = newer.Prompt ?? Prompt;
            Material = newer.Material ?? Material;
            Bus = newer.Bus ?? Bus;
            Engine = newer.Engine ?? Engine;
            MassKg = newer.MassKg ?? MassKg;
            SizeM = newer.SizeM ?? SizeM;
            GainDb = newer.GainDb ?? GainDb;
            PanFollowsPosition = newer.PanFollowsPosition || (PanFollowsPosition && !newer.Pan.HasValue);
            Pan = newer.Pan ?? Pan;
            PositionM = newer.PositionM ?? PositionM;
            Priority = newer.Priority ?? Priority;
            Shared = newer.Shared ?? Shared;
            Seed = newer.Seed ?? Seed;
            if (newer.Controls == null) { return; }
            var merged = Controls == null ? new Dictionary<string, double>() : new Dictionary<string, double>(Controls);
            foreach (var pair in newer.Controls) { merged[pair.Key] = pair.Value; }
            Controls = merged;
        }

        internal void Write(MessagePackWriter to)
        {
            to.BeginMap();
            Fields.Put(to, "prompt", Prompt);
            Fields.Put(to, "material", Material);
            Fields.Put(to, "mass_kg", MassKg);
            Fields.Put(to, "size_m", SizeM);
            Fields.Put(to, "gain_db", GainDb);
            Fields.Put(to, "position_m", PositionM);
            if (PanFollowsPosition) { to.Key("pan").Nil(); }
            else { Fields.Put(to, "pan", Pan); }
            Fields.Put(to, "bus", Bus);
            Fields.Put(to, "priority", Priority);
            if (Shared.HasValue) { to.Key("shared").Truth(Shared.Value); }
            Fields.Put(to, "engine", Engine);
            Fields.Put(to, "seed", Seed);
            Fields.Put(to, "controls", Controls);
            to.EndMap();
        }
    }

    public enum EmitterOp { Create, Update, Remove }

    public sealed class EmitterMessage : ClientMessage
    {
        private static readonly string[] Ops = { "create", "update", "remove" };
        public string Emitter;
        public EmitterOp Op;
        public EmitterSettings Settings;

        internal override string Type { get { return "emitter"; } }

        internal override void WriteFields(MessagePackWriter to)
        {
            to.Key("emitter").Text(Emitter);
            to.Key("op").Text(Ops[(int)Op]);
            if (Settings == null) { return; }
            to.Key("settings");
            Settings.Write(to);
        }
    }

    /// <summary>What touches what, how hard. What is null is unknown.</summary>
    public sealed class Contact
    {
        public string Material, Other;
        public double? SpeedMS, SlipMS, ImpulseNS, MassKg, SizeM, Intensity;

        internal void Write(MessagePackWriter to)
        {
            to.BeginMap();
            Fields.Put(to, "material", Material);
            Fields.Put(to, "other", Other);
            Fields.Put(to, "speed_m_s", SpeedMS);
            Fields.Put(to, "slip_m_s", SlipMS);
            Fields.Put(to, "impulse_n_s", ImpulseNS);
            Fields.Put(to, "mass_kg", MassKg);
            Fields.Put(to, "size_m", SizeM);
            Fields.Put(to, "intensity", Intensity);
            to.EndMap();
        }
    }

    public enum EventAction { Trigger, Start, Stop }

    public sealed class EventMessage : ClientMessage
    {
        private static readonly string[] Actions = { "trigger", "start", "stop" };
        public string Emitter, Name;
        public EventAction Action;
        public Contact Contact;
        public Dictionary<string, double> Controls;
        public double GainDb;
        public long? Seed;
        public double? CueS, CueBeat;  // instead of At: at every pass of this client's timeline over that place

        internal override string Type { get { return "event"; } }

        internal override void WriteFields(MessagePackWriter to)
        {
            to.Key("emitter").Text(Emitter);
            to.Key("name").Text(Name);
            to.Key("action").Text(Actions[(int)Action]);
            if (Contact != null)
            {
                to.Key("contact");
                Contact.Write(to);
            }
            Fields.Put(to, "controls", Controls);
            to.Key("gain_db").Number(GainDb);
            Fields.Put(to, "seed", Seed);
            Fields.Put(to, "cue_s", CueS);
            Fields.Put(to, "cue_beat", CueBeat);
        }
    }

    /// <summary>
    /// Features of one game tick: row = emitter, column = feature, NaN = unknown. Keep one and fill it anew each tick:
    /// then sending takes no memory.
    /// </summary>
    public sealed class FrameMessage : ClientMessage
    {
        public readonly List<string> Emitters = new List<string>();
        public string[] Columns;  // null: all of scene/1, in its order
        public float[] Data = new float[0];  // at least Emitters.Count rows
        public int Width = 12;  // numbers in a row
        public Dictionary<string, Dictionary<string, double>> Values;  // instead of all these, for small programs

        internal override string Type { get { return "frame"; } }

        /// <summary>Adds an emitter of which nothing is known yet; its row's number.</summary>
        public int AddRow(string emitter)
        {
            int row = Emitters.Count, needed = (row + 1) * Width;
            Emitters.Add(emitter);
            if (Data.Length < needed) { System.Array.Resize(ref Data, System.Math.Max(needed, 2 * Data.Length)); }
            for (int at = row * Width; at < needed; at++) { Data[at] = float.NaN; }
            return row;
        }

        /// <summary>What is known of it.</summary>
        public void Set(int row, int column, float value) { Data[row * Width + column] = value; }

        internal override void WriteFields(MessagePackWriter to)
        {
            if (Values != null)
            {
                to.Key("values").BeginMap();
                foreach (var row in Values) { Fields.Put(to, row.Key, row.Value); }
                to.EndMap();
                return;
            }
            to.Key("emitters").List(Emitters.Count);
            foreach (string emitter in Emitters) { to.Text(emitter); }
            if (Columns != null)
            {
                to.Key("columns").List(Columns.Length);
                foreach (string column in Columns) { to.Text(column); }
            }
            to.Key("data").Floats(Data, Emitters.Count * Width);
        }
    }
}
