// Talks to a live server, one step for each line that it is told.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using Hobnail;

namespace Probe
{
    internal sealed class Live
    {
        private const double PatienceS = 30.0;
        private AudioReceiver receiver = new AudioReceiver();
        private readonly Dictionary<string, Ear> ears = new Dictionary<string, Ear>();
        private readonly Dictionary<long, Ended> ended = new Dictionary<long, Ended>();
        private HobnailClient client;

        /// <summary>One step: a word and what belongs to it. What it gives is printed.</summary>
        internal Json Step(string[] words)
        {
            switch (words[0])
            {
                case "connect": return Connect(words);
                case "alone": return Alone(words[1]);
                case "create":
                    return Answered(client.Create(words[1], new EmitterSettings { Prompt = "a thing", Material = words[2] }));
                case "remove": return Answered(client.Remove(words[1]));
                case "place":
                    var place = new Vector(Number(words[2]), Number(words[3]), Number(words[4]));
                    return Answered(client.Update(words[1], new EmitterSettings { PositionM = place }));
                case "event": return Event(words);
                case "ended": return EndedVoice((long)Number(words[1]));
                case "control": return new Json().Put("sent", client.Control(words[2], Number(words[3]), words[1]));
                case "frames": return Frames(words[1], (float)Number(words[2]), (int)Number(words[3]));
                case "listener":
                    return new Json().Put("sent", client.Tell(new ListenerMessage
                    {
                        Position = new Vector(0, 1.7, 0), Forward = new Vector(0, 0, -1), Up = new Vector(0, 1, 0),
                    }));
                case "now":
                    long local = HobnailClient.LocalNs;
                    return new Json().Put("frame", client.FrameAt(local)).Put("local_ns", local)
                        .Put("error_ns", client.ClockErrorNs);
                case "listen": return Listen(words);
                case "heard":
                    Ear ear = ears[words[1]];
                    ears.Remove(words[1]);
                    receiver.Forget(ear.Feed);
                    return ear.Stop(words[2]);
                case "wait": return Wait(words[1]);
                case "close":
                    HobnailClient.DisposeAll();
                    return new Json().Put("closed", true);
                default: return new Json().Put("unknown", words[0]);
            }
        }

        internal void End()
        {
            HobnailClient.DisposeAll();
            AudioReceiver.DisposeAll();
        }

        private static double Number(string word) { return double.Parse(word, CultureInfo.InvariantCulture); }

        private Json Connect(string[] words)
        {
            ClientKeys keys = words.Length > 3 ? ClientKeys.Load(words[3], words[4]) : null;
            if (keys != null) { receiver = new AudioReceiver(keys); }
            client = new HobnailClient(new HelloMessage { Client = words[2], WantVoices = true }, words[1], keys);
            if (!client.WaitConnected(PatienceS)) { return new Json().Put("failed", "no server"); }
            receiver.Connect(client.AudioAddress);
            return Shown.Of(client.Welcome);
        }

        // Where nobody listens: nothing waits, nothing is sent, and it ends at once.
        private static Json Alone(string address)
        {
            long began = HobnailClient.LocalNs;
            var lonely = new HobnailClient(new HelloMessage { Client = "lonely" }, address);
            bool sent = lonely.Event("a", "impact").HasValue || lonely.Tell(new ListenerMessage());
            bool known = lonely.Now.HasValue || lonely.Connected;
            lonely.Dispose();
            return new Json().Put("sent", sent).Put("known", known).Put("took_ns", HobnailClient.LocalNs - began);
        }

        private Json Answered(long? request)
        {
            if (!request.HasValue) { return new Json().Put("failed", "not sent"); }
            Reply reply = client.Answer(request.Value, PatienceS);
            return reply != null ? Shown.Of(reply) : new Json().Put("failed", "no answer");
        }

        private Json Event(string[] words)
        {
            var action = words[3] == "start" ? EventAction.Start : words[3] == "stop" ? EventAction.Stop : EventAction.Trigger;
            var contact = new Contact { Material = words[4], SpeedMS = Number(words[5]) };
            long? at = words.Length > 6 ? client.Now + (long)Number(words[6]) : null;
            return Answered(client.Event(words[1], words[2], contact, action, at)).Put("asked_at", at);
        }

        private Json EndedVoice(long voice)
        {
            var replies = new List<Reply>();
            for (int turn = 0; turn < 6000; turn++)
            {
                client.Poll(replies);
                foreach (Reply reply in replies)
                {
                    var one = reply as Ended;
                    if (one != null) { ended[one.Voice] = one; }
                }
                replies.Clear();
                if (ended.ContainsKey(voice)) { return Shown.Of(ended[voice]); }
                Thread.Sleep(5);
            }
            return new Json().Put("failed", "the voice did not end");
        }

        // Features at 60 Hz, as a game sends them.
        private Json Frames(string emitter, float speed, int count)
        {
            var frame = new FrameMessage { Width = 2, Columns = new[] { "speed_m_s", "slip_m_s" } };
            int sent = 0;
            for (int tick = 0; tick < count; tick++)
            {
                frame.Emitters.Clear();
                int row = frame.AddRow(emitter);
                frame.Set(row, 0, speed);
                frame.Set(row, 1, speed);
                sent += client.Tell(frame) ? 1 : 0;
                Thread.Sleep(TimeSpan.FromTicks(166667));
            }
            return new Json().Put("sent", sent);
        }

        private Json Listen(string[] words)
        {
            int channels = (int)Number(words[2]), block = (int)Number(words[3]), safety = (int)Number(words[5]);
            double rate = Number(words[4]);
            var feed = new AudioFeed(channels, block, 0, safety, client.Welcome.Rate, rate);
            receiver.Listen(words[1], feed);
            ears[words[1]] = new Ear(feed, block, rate);
            return new Json().Put("target_frames", feed.TargetFrames);
        }

        private Json Wait(string what)
        {
            for (int turn = 0; turn < 6000; turn++)
            {
                bool connected = client.Connected;
                if (what == "lost" ? !connected : connected && client.Now.HasValue)
                {
                    if (what == "found") { receiver.Connect(client.AudioAddress); }
                    return new Json().Put("greetings", client.Greetings);
                }
                Thread.Sleep(10);
            }
            return new Json().Put("failed", what);
        }
    }
}
