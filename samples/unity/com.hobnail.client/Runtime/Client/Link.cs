// The client's socket and the thread that listens to it.
//
// Whoever has something to say sends it right away, under a lock and without waiting: no thread hop delays an event, and
// a busy game cannot starve its own pings. The background thread only sleeps on the socket's file descriptor, and takes
// the same lock to read. That is allowed: a ZeroMQ socket may move between threads across a full fence.
using System;
using System.Diagnostics;
using System.Threading;

namespace Hobnail
{
    internal sealed class Link
    {
        private const int LongestSleepMs = 500, ByeMs = 200, PatienceMs = 2000;
        private static readonly byte[] Bell = { 1 };
        private readonly object gate = new object();
        private readonly Conversation conversation;
        private readonly IntPtr context;
        private readonly ZmqSocket socket, wakeNear, wakeFar;
        private readonly SocketPoll poll;
        private readonly Thread thread;
        private bool closing;

        internal Link(HelloMessage hello, string address, double timeoutS, ClientKeys keys)
        {
            conversation = new Conversation(hello, timeoutS);
            context = NativeZmq.zmq_ctx_new();
            try
            {
                socket = new ZmqSocket(context, NativeZmq.Dealer);
                wakeNear = new ZmqSocket(context, NativeZmq.Pair);
                wakeFar = new ZmqSocket(context, NativeZmq.Pair);
                wakeNear.Bind("inproc://wake");
                wakeFar.Connect("inproc://wake");
                socket.SetCommonOptions(keys);
                socket.Set(NativeZmq.RoutingId, hello.Client + "-" + Guid.NewGuid().ToString("N"));
                socket.Set(NativeZmq.Immediate, 1);  // nothing waits for a server that is away
                socket.Set(NativeZmq.SndHwm, 1000);
                socket.Set(NativeZmq.RcvHwm, 10000);
                socket.Connect(address);
                poll = new SocketPoll(socket, wakeNear);
            }
            catch (HobnailException)
            {
                Release();
                throw;
            }
            thread = new Thread(Run) { Name = "hobnail-client", IsBackground = true };
            thread.Start();
        }

        /// <summary>The clock of every local time here, ns.</summary>
        internal static long NowNs { get { return (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency)); } }

        /// <summary>Runs `look` on the conversation, under the lock.</summary>
        internal T With<T>(Func<Conversation, T> look)
        {
            lock (gate) { return look(conversation); }
        }

        /// <summary>Sends a message that wants an answer; its request number, or null when it could not go out.</summary>
        internal long? Ask(ClientMessage message)
        {
            lock (gate)
            {
                long? request = closing ? null : conversation.Ask(message);
                if (!request.HasValue) { return null; }
                if (Send(conversation.Writer.Buffer, conversation.Writer.Length)) { return request; }
                conversation.Withdraw(request.Value);
                return null;
            }
        }

        /// <summary>Sends a message that wants none; false when it could not go out.</summary>
        internal bool Tell(ClientMessage message)
        {
            lock (gate)
            {
                return !closing && conversation.Tell(message)
                    && Send(conversation.Writer.Buffer, conversation.Writer.Length);
            }
        }

        /// <summary>Waits until `look` gives something, or the time is up.</summary>
        internal T WaitFor<T>(Func<Conversation, T> look, double timeoutS) where T : class
        {
            long deadline = NowNs + (long)(timeoutS * 1e9);
            lock (gate)
            {
                T found = look(conversation);
                for (long left = deadline - NowNs; found == null && left > 0; left = deadline - NowNs)
                {
                    Monitor.Wait(gate, (int)(left / 1000000) + 1);
                    found = look(conversation);
                }
                return found;
            }
        }

        /// <summary>
        /// Says bye and lets go, once. It waits for 2 s at most: rather than freeze an editor it leaves memory behind.
        /// </summary>
        internal void Close()
        {
            lock (gate)
            {
                if (closing) { return; }
                closing = true;
                if (conversation.State == ConnectionState.Greeted)
                {
                    byte[] bye = new ByeMessage().ToBytes();
                    Send(bye, bye.Length);
                }
                Ring();
            }
            if (!thread.Join(PatienceMs))
            {
                NativeZmq.zmq_ctx_shutdown(context);
                return;
            }
            socket.Set(NativeZmq.Linger, ByeMs);
            Release();
        }

        private void Release()
        {
            if (socket != null) { socket.Close(); }
            if (wakeNear != null) { wakeNear.Close(); }
            if (wakeFar != null) { wakeFar.Close(); }
            if (poll != null) { poll.Free(); }
            NativeZmq.zmq_ctx_term(context);
        }

        private bool Send(byte[] data, int length)
        {
            bool sent = socket.Send(data, length);
            RingIfUnread();  // sending may swallow the descriptor's signal
            return sent;
        }

        private void Ring() { wakeFar.Send(Bell, Bell.Length); }

        private void RingIfUnread()
        {
            if ((socket.Get(NativeZmq.Events, 4) & NativeZmq.PollIn) != 0) { Ring(); }
        }

        private void Run()
        {
            while (true)
            {
                long sleepMs;
                lock (gate)
                {
                    if (closing) { return; }
                    Turn();
                    long now = NowNs;
                    sleepMs = (conversation.NextDueNs(now) - now + 999999) / 1000000;
                }
                poll.Wait(Math.Min(Math.Max(sleepMs, 0), LongestSleepMs));
                while (wakeNear.Receive(NativeZmq.DontWait) >= 0) { }
            }
        }

        private void Turn()
        {
            ConnectionState before = conversation.State;
            bool heard = false;
            for (int length = socket.Receive(NativeZmq.DontWait); length >= 0; length = socket.Receive(NativeZmq.DontWait))
            {
                heard = true;
                foreach (byte[] reply in conversation.Receive(socket.Received, length, NowNs)) { Send(reply, reply.Length); }
            }
            foreach (byte[] message in conversation.Due(NowNs))
            {
                bool wentOut = Send(message, message.Length);
                if (conversation.State != ConnectionState.Greeted) { conversation.HelloSent(NowNs, wentOut); }
            }
            if (heard || conversation.State != before) { Monitor.PulseAll(gate); }
            RingIfUnread();
        }
    }
}
