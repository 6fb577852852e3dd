// The messages that are not about a sounding thing.
namespace Hobnail
{
    /// <summary>The first message. The defaults of the last four are the protocol's, not Unity's.</summary>
    public sealed class HelloMessage : ClientMessage
    {
        public string Client;
        public double UnitsPerMetre = 1.0;
        public string Up = "y";
        public string Handedness = "right";
        public bool WantVoices;

        internal override string Type { get { return "hello"; } }

        internal override void WriteFields(MessagePackWriter to)
        {
            to.Key("client").Text(Client);
            to.Key("units_per_metre").Number(UnitsPerMetre);
            to.Key("up").Text(Up);
            to.Key("handedness").Text(Handedness);
            to.Key("want").List(WantVoices ? 1 : 0);
            if (WantVoices) { to.Text("voices"); }
        }
    }

    public sealed class PingMessage : ClientMessage
    {
        public long T;  // own monotonic clock, ns

        internal override string Type { get { return "ping"; } }

        internal override void WriteFields(MessagePackWriter to) { to.Key("t").Integer(T); }
    }

    public sealed class ControlMessage : ClientMessage
    {
        public string Control;
        public string Emitter;  // null: all of this client's
        public double? Value, Plain;  // exactly one: 0..1, or in the control's unit

        internal override string Type { get { return "control"; } }

        internal override void WriteFields(MessagePackWriter to)
        {
            to.Key("control").Text(Control);
            Fields.Put(to, "emitter", Emitter);
            Fields.Put(to, "value", Value);
            Fields.Put(to, "plain", Plain);
        }
    }

    public sealed class ListenerMessage : ClientMessage
    {
        public Vector Position, Forward, Up;

        internal override string Type { get { return "listener"; } }

        internal override void WriteFields(MessagePackWriter to)
        {
            Fields.Put(to, "position", (Vector?)Position);
            Fields.Put(to, "forward", (Vector?)Forward);
            Fields.Put(to, "up", (Vector?)Up);
        }
    }

    public sealed class BusMessage : ClientMessage
    {
        public string Bus;
        public double GainDb;

        internal override string Type { get { return "bus"; } }

        internal override void WriteFields(MessagePackWriter to)
        {
            to.Key("bus").Text(Bus);
            to.Key("gain_db").Number(GainDb);
        }
    }

    public sealed class PaletteMessage : ClientMessage
    {
        public string Op = "load";  // or "unload"
        public string Palette;

        internal override string Type { get { return "palette"; } }

        internal override void WriteFields(MessagePackWriter to)
        {
            to.Key("op").Text(Op);
            to.Key("palette").Text(Palette);
        }
    }

    /// <summary>Moves this client's timeline, which lies on session frames.</summary>
    public sealed class TransportMessage : ClientMessage
    {
        public string Op = "play";  // or "stop", "locate", "loop", "tempo", "clear"
        public double? PositionS;  // of play and locate; play without it goes on
        public double? TempoBpm;  // with any op
        public double? LoopStartS, LoopEndS;  // of loop; without them, no loop any more

        internal override string Type { get { return "transport"; } }

        internal override void WriteFields(MessagePackWriter to)
        {
            to.Key("op").Text(Op);
            Fields.Put(to, "position_s", PositionS);
            Fields.Put(to, "tempo_bpm", TempoBpm);
            if (LoopStartS.HasValue && LoopEndS.HasValue)
            {
                to.Key("loop_s").List(2);
                to.Number(LoopStartS.Value);
                to.Number(LoopEndS.Value);
            }
        }
    }

    public sealed class PanicMessage : ClientMessage
    {
        internal override string Type { get { return "panic"; } }

        internal override void WriteFields(MessagePackWriter to) { }
    }

    public sealed class ByeMessage : ClientMessage
    {
        internal override string Type { get { return "bye"; } }

        internal override void WriteFields(MessagePackWriter to) { }
    }
}
