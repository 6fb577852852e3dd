// The client's bookkeeping, without sockets, threads or clocks: bytes and times go in, bytes and replies come out.
using System;
using System.Collections.Generic;

namespace Hobnail
{
    public enum ConnectionState { Greeting, Greeted, Lost }

    /// <summary>One client's side. Times are local monotonic ns. Under the caller's lock.</summary>
    public sealed class Conversation
    {
        private const long ConnectAgainNs = 50000000, HelloAgainNs = 1000000000;
        private const int FirstPings = 8, Inbox = 10000;
        private readonly List<byte[]> out_ = new List<byte[]>();
        private readonly LinkedList<Reply> inbox = new LinkedList<Reply>();
        private readonly SceneMemory memory = new SceneMemory();
        private readonly byte[] hello;
        private readonly long timeoutNs;
        private long nextId = 1, seq, heardNs, pingNs;
        private long? helloNs;
        private int pings;

        public Conversation(HelloMessage hello, double timeoutS)
        {
            this.hello = hello.ToBytes();
            timeoutNs = (long)(timeoutS * 1e9);
            Clock = new SessionClock(48000);
            Writer = new MessagePackWriter();
        }

        public ConnectionState State { get; private set; }
        public Welcome Welcome { get; private set; }
        public SessionClock Clock { get; private set; }
        public int Greetings { get; private set; }  // more than 1: lost and found
        public long Unread { get; private set; }  // replies that fell out of the inbox because nobody polled
        public long Misread { get; private set; }  // messages from the server that could not be understood

        /// <summary>Holds the bytes of what was asked or told last.</summary>
        public MessagePackWriter Writer { get; private set; }

        // --- out ----------------------------------------------------------------------------------------------------

        /// <summary>A message that wants an answer: its request number; null while the server does not know us.</summary>
        public long? Ask(ClientMessage message)
        {
            if (State != ConnectionState.Greeted) { return null; }
            memory.Note(message, nextId);
            message.Write(Writer, nextId, ++seq);
            return nextId++;
        }

        /// <summary>A message that wants none; false while the server does not know us.</summary>
        public bool Tell(ClientMessage message)
        {
            if (State != ConnectionState.Greeted) { return false; }
            memory.Note(message, null);
            message.Write(Writer, null, ++seq);
            return true;
        }

        /// <summary>A request could not go out.</summary>
        public void Withdraw(long request) { memory.Refused(request); }

        /// <summary>What must be sent now to be greeted, to stay known, and to know the time. Valid until the next call.</summary>
        public List<byte[]> Due(long nowNs)
        {
            out_.Clear();
            if (State == ConnectionState.Greeted && nowNs - heardNs > timeoutNs) { Lose(); }
            if (State == ConnectionState.Greeted)
            {
                if (nowNs >= NextPingNs) { Ping(nowNs); }
            }
            else if (!helloNs.HasValue || nowNs >= helloNs.Value) { out_.Add(hello); }
            return out_;
        }

        /// <summary>When to call Due again, at the latest.</summary>
        public long NextDueNs(long nowNs)
        {
            return State == ConnectionState.Greeted ? Math.Min(NextPingNs, heardNs + timeoutNs) : helloNs ?? nowNs;
        }

        /// <summary>Whether the connection took the hello; then the server has a while to answer.</summary>
        public void HelloSent(long nowNs, bool wentOut) { helloNs = nowNs + (wentOut ? HelloAgainNs : ConnectAgainNs); }

        // --- in -----------------------------------------------------------------------------------------------------

        /// <summary>A message from the server; returns what must be sent because of it. Valid until the next call.</summary>
        public List<byte[]> Receive(byte[] data, int length, long nowNs)
        {
            out_.Clear();
            ServerMessage message = MessageDecoder.Decode(data, length);
            if (message == null)
            {
                Misread++;
                return out_;
            }
            heardNs = nowNs;
            var welcome = message as Welcome;
            var pong = message as Pong;
            var news = message as LatencyNews;
            if (welcome != null) { Greeted(welcome, nowNs); }
            else if (pong != null)
            {
                Clock.Add(pong.T, nowNs, pong.Frame);
                if (pings < FirstPings) { Ping(nowNs); }
            }
            else if (news == null) { Hear((Reply)message); }
            else if (Welcome != null) { Welcome.Latency = news.Latency; }
            return out_;
        }

        /// <summary>Moves all that came since the last call to the end of `replies`.</summary>
        public void TakeReplies(ICollection<Reply> replies)
        {
            foreach (Reply reply in inbox) { replies.Add(reply); }
            inbox.Clear();
        }

        /// <summary>The answer to a request (Ack or Refusal), if it has come and was not taken yet; else null.</summary>
        public Reply TakeAnswer(long request)
        {
            for (var node = inbox.First; node != null; node = node.Next)
            {
                if (node.Value.Re != request || node.Value is Ended) { continue; }
                inbox.Remove(node);
                return node.Value;
            }
            return null;
        }

        private long NextPingNs { get { return pingNs + (long)((Welcome == null ? 1.0 : Welcome.HeartbeatS) * 1e9); } }

        private void Ping(long nowNs)
        {
            pingNs = nowNs;
            pings++;
            out_.Add(new PingMessage { T = nowNs }.ToBytes());
        }

        private void Lose()
        {
            State = ConnectionState.Lost;
            helloNs = null;
        }

        private void Greeted(Welcome welcome, long nowNs)
        {
            State = ConnectionState.Greeted;
            Welcome = welcome;
            Clock = new SessionClock(welcome.Rate);
            pings = 0;
            Ping(nowNs);
            if (Greetings++ == 0) { return; }
            foreach (ClientMessage message in memory.Scene())
            {
                if (message is EmitterMessage) { memory.Note(message, nextId); }
                out_.Add(message.ToBytes(nextId++, ++seq));
            }
        }

        private void Hear(Reply reply)
        {
            var refusal = reply as Refusal;
            if (refusal != null)
            {
                memory.Refused(refusal.Re);
                bool unknownThere = refusal.Code == "not_greeted";  // it was started again, or let us go
                if (unknownThere && State == ConnectionState.Greeted) { Lose(); }
                if (unknownThere && !refusal.Re.HasValue) { return; }
            }
            else if (reply is Ack) { memory.Accepted(reply.Re.Value); }
            if (inbox.Count == Inbox)
            {
                inbox.RemoveFirst();
                Unread++;
            }
            inbox.AddLast(reply);
        }
    }
}
