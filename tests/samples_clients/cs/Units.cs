// What the parts of the client promise, checked without a server. A broken promise is thrown.
using System;
using System.Collections.Generic;
using System.Threading;
using Hobnail;

namespace Probe
{
    internal static class Units
    {
        internal static void CheckAll()
        {
            Clock();
            Memory();
            Talk();
            SoundPasses();
            TemperIsKept();
            DriftIsFollowed();
            RingBetweenThreads();
            FramesTakeNoMemory();
        }

        private static void Expect(bool condition, string what)
        {
            if (!condition) { throw new Exception(what); }
        }

        private static void Clock()
        {
            var clock = new SessionClock(48000);
            clock.Add(0, 2000000, 1000);
            clock.Add(1000000000, 1000200000, 48956);  // 4 us off the first, and ten times as sure
            Expect(clock.Samples == 2 && Math.Abs(clock.FrameAt(1000100000) - 48956) <= 1, "the quickest ping counts");
            Expect(Math.Abs(clock.LocalNsAt(48956 + 48000) - 2000100000) < 50000, "a frame's time");
            Expect(clock.ErrorNs(1000100000) <= 100001, "its error");
            clock.Add(2000000000, 2000100000, 5000);
            Expect(clock.Samples == 1, "a server that was started again");
        }

        private static void Memory()
        {
            var memory = new SceneMemory();
            var first = new EmitterSettings
            {
                Prompt = "boots", GainDb = -3, Controls = new Dictionary<string, double> { { "pitch", 0.1 }, { "texture", 0.2 } },
            };
            var second = new EmitterSettings { GainDb = -6, Controls = new Dictionary<string, double> { { "pitch", 0.9 } } };
            memory.Note(new EmitterMessage { Emitter = "a", Settings = first, At = 77 }, 1);
            memory.Note(new EmitterMessage { Emitter = "a", Settings = second, Op = EmitterOp.Update }, 2);
            memory.Note(new EmitterMessage { Emitter = "refused" }, 3);
            memory.Accepted(1);
            memory.Accepted(2);
            memory.Refused(3);
            memory.Note(new ControlMessage { Control = "pitch", Emitter = "a", Value = 0.5 }, null);
            memory.Note(new ControlMessage { Control = "pitch", Value = 0.25 }, null);
            List<ClientMessage> scene = memory.Scene();
            var emitter = (EmitterMessage)scene[0];
            Expect(scene.Count == 2 && !emitter.At.HasValue && emitter.Settings.Prompt == "boots", "the emitter");
            Expect(emitter.Settings.GainDb == -6 && emitter.Settings.Controls["pitch"] == 0.9, "its newer settings");
            Expect(emitter.Settings.Controls["texture"] == 0.2, "controls merge");
            Expect(((ControlMessage)scene[1]).Value == 0.25, "a control of all outdoes that of one");
            memory.Note(new EmitterMessage { Emitter = "a", Op = EmitterOp.Remove }, 5);
            memory.Accepted(5);
            Expect(memory.Scene().Count == 1, "what is removed stays away");
        }

        private static void Talk()
        {
            var talk = new Conversation(new HelloMessage { Client = "game" }, 3.0);
            Expect(talk.Due(0).Count == 1, "hello at once");
            talk.HelloSent(0, false);
            Expect(talk.Due(49000000).Count == 0 && talk.Due(51000000).Count == 1, "hello again");
            Expect(talk.Ask(new PanicMessage()) == null && !talk.Tell(new PanicMessage()), "nothing before the welcome");
            Expect(talk.Receive(new byte[] { 0xc1 }, 1, 0).Count == 0 && talk.Misread == 1, "rubbish is counted");
        }

        private static void SoundPasses()
        {
            var feed = new AudioFeed(1, 256, 0, 256, 48000, 48000);
            float[] packet = new float[256], block = new float[256], sound = new float[40 * 256], heard = new float[40 * 256];
            for (int at = 0; at < sound.Length; at++) { sound[at] = (float)Math.Sin(0.05 * at); }
            for (int turn = 0; turn < 40; turn++)
            {
                Array.Copy(sound, turn * 256, packet, 0, 256);
                feed.Write(turn * 256, packet, 256);
                feed.Read(block, 256);
                block.CopyTo(heard, turn * 256);
            }
            Expect(feed.TargetFrames == 768 && feed.Interruptions == 0 && feed.LostFrames == 0, "nothing is lost");
            for (int at = 64; 515 + at < heard.Length; at++) { Expect(heard[515 + at] == sound[at], "sample " + at); }
            Expect(Math.Abs(feed.LatencyFrames - 898) < 1, "its latency");
            long before = GC.GetTotalMemory(true);
            for (int turn = 0; turn < 20000; turn++)
            {
                feed.Write(40 * 256 + turn * 256, packet, 256);
                feed.Read(block, 256);
            }
            Expect(GC.GetTotalMemory(false) - before < 100000, "20,000 callbacks take no memory");
        }

        private static void TemperIsKept()
        {
            var feed = new AudioFeed(1, 441, 0, 512, 48000, 44100);
            float[] packet = new float[480], block = new float[441], heard = new float[200 * 441];
            for (int turn = 0; turn < 200; turn++)
            {
                for (int at = 0; at < 480; at++) { packet[at] = (float)Math.Sin(2 * Math.PI * (turn * 480 + at) / 48); }
                feed.Write(turn * 480, packet, 480);
                feed.Read(block, 441);
                block.CopyTo(heard, turn * 441);
            }
            int crossings = 0;
            for (int at = heard.Length - 44100; at < heard.Length; at++)
            {
                crossings += heard[at - 1] < 0 && heard[at] >= 0 ? 1 : 0;
            }
            Expect(Math.Abs(crossings - 1000) <= 2, "1 kHz stays 1 kHz at 44.1 kHz, not " + crossings);
            float last = block[440], steepest = 0;
            for (int turn = 0; turn < 10; turn++)
            {
                feed.Read(block, 441);
                foreach (float sample in block)
                {
                    steepest = Math.Max(steepest, Math.Abs(sample - last));
                    last = sample;
                }
            }
            Expect(steepest < 0.16 && feed.Interruptions == 1 && last == 0, "a stall ends in silence without a jump");
            feed.Write(200 * 480 + 100, packet, 480);
            Expect(feed.LostFrames == 100, "a gap is counted");
        }

        private static void DriftIsFollowed()
        {
            var feed = new AudioFeed(2, 480, 0, 512, 48000, 48000);
            float[] packet = new float[2 * 481], block = new float[2 * 480];
            for (int at = 0; at < packet.Length; at++) { packet[at] = 0.25f; }
            long next = 0;
            for (int turn = 0; turn < 60000; turn++)  // ten minutes, 104 ppm more than is taken
            {
                int frames = turn % 20 == 0 ? 481 : 480;
                feed.Write(next, packet, frames);
                next += frames;
                feed.Read(block, 480);
            }
            Expect(feed.Interruptions == 0 && feed.LostFrames == 0 && feed.SkippedFrames == 0, "drift is followed");
        }

        private static void RingBetweenThreads()
        {
            const int Frames = 200000;
            var ring = new FrameRing(1, 1024);
            var producer = new Thread(() =>
            {
                var chunk = new float[100];
                for (int next = 0; next < Frames;)
                {
                    for (int at = 0; at < chunk.Length; at++) { chunk[at] = next + at; }
                    next += ring.Write(chunk, Math.Min(chunk.Length, Frames - next));
                }
            });
            producer.Start();
            var taken = new float[77];
            bool inOrder = true;
            for (int next = 0; next < Frames;)
            {
                int found = ring.Peek(taken, taken.Length);
                for (int at = 0; at < found; at++) { inOrder = inOrder && taken[at] == next + at; }
                ring.Drop(found);
                next += found;
            }
            producer.Join();
            Expect(inOrder && ring.Readable == 0, "the ring keeps order");
        }

        private static void FramesTakeNoMemory()
        {
            var frame = new FrameMessage { Width = 2, Columns = new[] { "speed_m_s", "slip_m_s" } };
            var writer = new MessagePackWriter();
            long before = 0;
            for (int tick = 0; tick < 10000; tick++)
            {
                if (tick == 10) { before = GC.GetTotalMemory(true); }
                frame.Emitters.Clear();
                frame.Set(frame.AddRow("barrel"), 0, tick);
                frame.Write(writer, null, tick);
            }
            Expect(GC.GetTotalMemory(false) - before < 100000, "a frame a tick takes no memory");
        }
    }
}
