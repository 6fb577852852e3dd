// The messages of tests/vectors/client.json, said with the client's own words; and bytes turned every way.
using System;
using System.Collections.Generic;
using System.Text;
using Hobnail;

namespace Probe
{
    internal static class Vectors
    {
        /// <summary>The bytes of a message by its name in the file; null when there is none of that name.</summary>
        internal static byte[] Pack(string name)
        {
            switch (name)
            {
                case "hello with defaults": return new HelloMessage { Client = "my-game" }.ToBytes();
                case "hello from Unreal":
                    return new HelloMessage
                    {
                        Client = "unreal", UnitsPerMetre = 100, Up = "z", Handedness = "left", WantVoices = true,
                    }.ToBytes(1);
                case "ping": return new PingMessage { T = 123456789012345 }.ToBytes();
                case "emitter created": return new EmitterMessage { Emitter = "barrel", Settings = Everything() }.ToBytes(2, 2);
                case "emitter updated":
                    return new EmitterMessage
                    {
                        Emitter = "barrel", Op = EmitterOp.Update, Settings = new EmitterSettings { GainDb = -6 },
                    }.ToBytes(3);
                case "emitter removed": return new EmitterMessage { Emitter = "barrel", Op = EmitterOp.Remove }.ToBytes(4);
                case "event at once":
                    return new EventMessage
                    {
                        Emitter = "feet", Name = "footstep", Contact = new Contact { Material = "gravel" },
                    }.ToBytes();
                case "event at a frame, everything given": return Impact().ToBytes(5, 9);
                case "event that starts":
                    return new EventMessage { Emitter = "barrel", Name = "roll", Action = EventAction.Start }.ToBytes(6);
                case "event that stops":
                    return new EventMessage { Emitter = "barrel", Name = "roll", Action = EventAction.Stop }.ToBytes(7);
                case "frame with columns": return Columns().ToBytes();
                case "frame with all columns":
                    var all = new FrameMessage
                    {
                        Data = new[] { 1.5f, 0, 0, 0.5f, 0.01f, 0.9f, 0, 1, 0.5f, 1, 0, -2 },
                    };
                    all.Emitters.Add("barrel");
                    return all.ToBytes();
                case "frame with named numbers":
                    var row = new Dictionary<string, double> { { "speed_m_s", 1.5 }, { "slip_m_s", 0.5 } };
                    return new FrameMessage
                    {
                        Values = new Dictionary<string, Dictionary<string, double>> { { "barrel", row } },
                    }.ToBytes();
                case "control, normalised":
                    return new ControlMessage { Control = "pitch", Emitter = "barrel", Value = 0.75 }.ToBytes();
                case "control, in its unit, of all emitters":
                    return new ControlMessage { Control = "pitch", Plain = -3 }.ToBytes();
                case "listener":
                    return new ListenerMessage
                    {
                        Position = new Vector(0, 1.7, 0), Forward = new Vector(0, 0, -1), Up = new Vector(0, 1, 0),
                    }.ToBytes();
                case "bus": return new BusMessage { Bus = "ambience", GainDb = -12 }.ToBytes(8);
                case "palette": return new PaletteMessage { Palette = "wet-boots" }.ToBytes(9);
                case "transport": return new TransportMessage { PositionS = 1.5, TempoBpm = 120 }.ToBytes(10);
                case "transport at a frame": return new TransportMessage { Op = "stop", At = 96000 }.ToBytes();
                case "transport that loops":
                    return new TransportMessage { Op = "loop", LoopStartS = 1, LoopEndS = 3.5 }.ToBytes();
                case "event at seconds of the timeline":
                    return new EventMessage { Emitter = "feet", Name = "footstep", CueS = 2.25 }.ToBytes(12);
                case "event at a beat of the timeline":
                    return new EventMessage { Emitter = "feet", Name = "footstep", CueBeat = 5.5 }.ToBytes();
                case "panic": return new PanicMessage().ToBytes(11);
                case "bye": return new ByeMessage().ToBytes();
                default: return null;
            }
        }

        private static EmitterSettings Everything()
        {
            return new EmitterSettings
            {
                Prompt = "an oak barrel", Material = "wood", MassKg = 30, SizeM = 0.9, GainDb = -3,
                PositionM = new Vector(1, 0, -2), PanFollowsPosition = true, Bus = "main", Priority = 60, Shared = true,
                Engine = "procedural", Seed = 7, Controls = new Dictionary<string, double> { { "pitch", 0.5 } },
            };
        }

        private static EventMessage Impact()
        {
            return new EventMessage
            {
                Emitter = "barrel", Name = "impact", At = 48000, GainDb = -1.5, Seed = 42,
                Contact = new Contact
                {
                    Material = "stone", Other = "crate", SpeedMS = 2.5, SlipMS = 0.25, ImpulseNS = 12, MassKg = 30,
                    SizeM = 0.9, Intensity = 0.75,
                },
                Controls = new Dictionary<string, double> { { "pitch", 0.25 } },
            };
        }

        private static FrameMessage Columns()
        {
            var frame = new FrameMessage
            {
                At = 512, Width = 4, Columns = new[] { "speed_m_s", "position_x_m", "position_y_m", "position_z_m" },
            };
            int barrel = frame.AddRow("barrel"), feet = frame.AddRow("feet");
            frame.Set(barrel, 0, 1.5f);
            frame.Set(barrel, 1, 1);
            frame.Set(barrel, 2, 0);
            frame.Set(barrel, 3, -2);
            for (int column = 1; column < 4; column++) { frame.Set(feet, column, 0); }
            return frame;
        }

        internal static string Hex(byte[] bytes)
        {
            var text = new StringBuilder();
            foreach (byte one in bytes) { text.Append(one.ToString("x2")); }
            return text.ToString();
        }

        internal static byte[] Unhex(string text)
        {
            var bytes = new byte[text.Length / 2];
            for (int at = 0; at < bytes.Length; at++) { bytes[at] = Convert.ToByte(text.Substring(2 * at, 2), 16); }
            return bytes;
        }

        /// <summary>Cuts and flips a message `count` times; nothing may throw. Returns how many were still understood.</summary>
        internal static int Mangle(byte[] bytes, int count, int seed)
        {
            var random = new Random(seed);
            var packet = new AudioPacket();
            int understood = 0;
            for (int turn = 0; turn < count; turn++)
            {
                var bad = (byte[])bytes.Clone();
                int length = random.Next(4) == 0 ? random.Next(bad.Length + 1) : bad.Length;
                for (int flip = random.Next(4); flip > 0; flip--) { bad[random.Next(bad.Length)] = (byte)random.Next(256); }
                understood += MessageDecoder.Decode(bad, length) != null ? 1 : 0;
                if (packet.ReadHeader(bad, length)) { packet.ReadSamples(bad, length); }
            }
            return understood;
        }
    }
}
