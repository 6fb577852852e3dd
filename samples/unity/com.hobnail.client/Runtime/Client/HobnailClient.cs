// A connection to a Hobnail server, for Unity and every other program in C#.
using System;
using System.Collections.Generic;

namespace Hobnail
{
    /// <summary>
    /// It connects in the background. Nothing but Answer, WaitConnected and Dispose waits, so all else may be called by a
    /// game's own thread, but not by an audio callback. What the server refuses comes through Poll, with its cure. A lost
    /// server is looked for; when it is back, emitters, controls, buses and the listener are set up as they were.
    /// </summary>
    public sealed class HobnailClient : IDisposable
    {
        private static readonly List<HobnailClient> Open = new List<HobnailClient>();
        private readonly string address;
        private readonly Link link;

        /// <summary>Throws HobnailException when the address is none. `hello` says how you measure space.</summary>
        public HobnailClient(HelloMessage hello, string address = "tcp://127.0.0.1:9710", ClientKeys keys = null,
                             double timeoutS = 3.0)
        {
            this.address = address;
            link = new Link(hello, address, timeoutS, keys);
            lock (Open) { Open.Add(this); }
        }

        /// <summary>Ends every client of this process: before Unity throws the scripts away, or quits.</summary>
        public static void DisposeAll()
        {
            HobnailClient[] open;
            lock (Open) { open = Open.ToArray(); }
            foreach (HobnailClient client in open) { client.Dispose(); }
        }

        // --- state --------------------------------------------------------------------------------------------------

        public bool Connected { get { return link.With(one => one.State == ConnectionState.Greeted); } }

        /// <summary>How often a server said welcome; more than once: it was lost and found.</summary>
        public int Greetings { get { return link.With(one => one.Greetings); } }

        /// <summary>What the server said of itself; null before it did.</summary>
        public Welcome Welcome { get { return link.With(one => one.Welcome); } }

        /// <summary>The session frame due now; null before the first pong.</summary>
        public long? Now { get { return FrameAt(LocalNs); } }

        /// <summary>The clock of every local time here, ns.</summary>
        public static long LocalNs { get { return Link.NowNs; } }

        public long? FrameAt(long localNs)
        {
            return link.With(one => one.Clock.Samples > 0 ? one.Clock.FrameAt(localNs) : (long?)null);
        }

        public long? LocalNsAt(long frame)
        {
            return link.With(one => one.Clock.Samples > 0 ? one.Clock.LocalNsAt(frame) : (long?)null);
        }

        /// <summary>A bound on the error of Now, in ns.</summary>
        public double? ClockErrorNs
        {
            get { return link.With(one => one.Clock.Samples > 0 ? one.Clock.ErrorNs(LocalNs) : (double?)null); }
        }

        /// <summary>Where this server's sound is published; null before the welcome, or when it publishes none.</summary>
        public string AudioAddress
        {
            get
            {
                Welcome welcome = Welcome;
                bool none = welcome == null || welcome.AudioPort == 0;
                return none ? null : address.Substring(0, address.LastIndexOf(':') + 1) + welcome.AudioPort;
            }
        }

        // --- saying -------------------------------------------------------------------------------------------------

        /// <summary>Asks for an answer: the request's number, or null when it did not go out.</summary>
        public long? Ask(ClientMessage message) { return link.Ask(message); }

        /// <summary>Wants no answer; false when it did not go out.</summary>
        public bool Tell(ClientMessage message) { return link.Tell(message); }

        public long? Create(string emitter, EmitterSettings settings = null)
        {
            return Ask(new EmitterMessage { Emitter = emitter, Settings = settings });
        }

        public long? Update(string emitter, EmitterSettings settings)
        {
            return Ask(new EmitterMessage { Emitter = emitter, Op = EmitterOp.Update, Settings = settings });
        }

        public long? Remove(string emitter) { return Ask(new EmitterMessage { Emitter = emitter, Op = EmitterOp.Remove }); }

        public long? Event(string emitter, string name, Contact contact = null, EventAction action = EventAction.Trigger,
                           long? at = null)
        {
            return Ask(new EventMessage { Emitter = emitter, Name = name, Contact = contact, Action = action, At = at });
        }

        /// <summary>Moves a control, 0..1, of one emitter or, without one, of all that are ours.</summary>
        public bool Control(string control, double value, string emitter = null)
        {
            return Tell(new ControlMessage { Control = control, Value = value, Emitter = emitter });
        }

        public long? Panic() { return Ask(new PanicMessage()); }

        // --- hearing ------------------------------------------------------------------------------------------------

        /// <summary>Adds answers, ended voices and refusals since the last call to `replies`.</summary>
        public void Poll(ICollection<Reply> replies)
        {
            link.With(one =>
            {
                one.TakeReplies(replies);
                return 0;
            });
        }

        /// <summary>Waits for an Ack or a Refusal that Poll has not handed out; null when none comes in time.</summary>
        public Reply Answer(long request, double timeoutS)
        {
            return link.WaitFor(one => one.TakeAnswer(request), timeoutS);
        }

        /// <summary>Waits until the server knows us and its clock is known.</summary>
        public bool WaitConnected(double timeoutS)
        {
            return link.WaitFor(one => one.State == ConnectionState.Greeted && one.Clock.Samples > 0 ? one : null,
                                timeoutS) != null;
        }

        /// <summary>Says bye; what this client made fades and goes.</summary>
        public void Dispose()
        {
            lock (Open) { Open.Remove(this); }
            link.Close();
        }
    }
}
