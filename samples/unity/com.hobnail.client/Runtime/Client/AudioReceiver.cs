// Listens to topics of the audio socket and fills their feeds, on a thread of its own.
using System;
using System.Collections.Generic;
using System.Threading;

namespace Hobnail
{
    public sealed class AudioReceiver : IDisposable
    {
        private const int LookEveryMs = 20;  // how soon a change is seen while sound flows or should
        private const int PatienceMs = 2000;
        private static readonly List<AudioReceiver> Open = new List<AudioReceiver>();

        private readonly object gate = new object();
        private readonly AudioPacket packet = new AudioPacket();  // from here on the thread's own, kept for their memory
        private readonly byte[] topic = new byte[256];
        private readonly HashSet<string> subscribed = new HashSet<string>();
        private readonly ClientKeys keys;
        private readonly IntPtr context = NativeZmq.zmq_ctx_new();
        private readonly Thread thread;
        private AudioSubscription[] subscriptions = new AudioSubscription[0];  // replaced whole, under the lock
        private string address;
        private bool changed, closing;
        private int topicLength;
        private long misread;

        public AudioReceiver(ClientKeys keys = null)
        {
            this.keys = keys;
            thread = new Thread(Run) { Name = "hobnail-audio", IsBackground = true };
            thread.Start();
            lock (Open) { Open.Add(this); }
        }

        /// <summary>Messages that were no sound.</summary>
        public long Misread { get { return Volatile.Read(ref misread); } }

        /// <summary>Ends every receiver of this process.</summary>
        public static void DisposeAll()
        {
            AudioReceiver[] open;
            lock (Open) { open = Open.ToArray(); }
            foreach (AudioReceiver receiver in open) { receiver.Dispose(); }
        }

        /// <summary>Where to listen: client.AudioAddress, after each welcome. The same one again changes nothing.</summary>
        public void Connect(string newAddress)
        {
            lock (gate)
            {
                if (address == newAddress) { return; }
                address = newAddress;
                Changed();
            }
        }

        /// <summary>Feeds an emitter's sound, or that of "mix".</summary>
        public void Listen(string name, AudioFeed feed)
        {
            var added = new AudioSubscription(name, feed);
            lock (gate)
            {
                var all = new List<AudioSubscription>(subscriptions) { added };
                subscriptions = all.ToArray();
                Changed();
            }
        }

        /// <summary>No more sound for this feed.</summary>
        public void Forget(AudioFeed feed)
        {
            lock (gate)
            {
                subscriptions = Array.FindAll(subscriptions, one => one.Feed != feed);
                Changed();
            }
        }

        /// <summary>Ends the thread. It waits for 2 s at most: rather than freeze an editor it leaves memory behind.</summary>
        public void Dispose()
        {
            lock (Open) { Open.Remove(this); }
            lock (gate)
            {
                if (closing) { return; }
                closing = true;
                Changed();
            }
            if (thread.Join(PatienceMs)) { NativeZmq.zmq_ctx_term(context); }
            else { NativeZmq.zmq_ctx_shutdown(context); }
        }

        private void Changed()
        {
            changed = true;
            Monitor.PulseAll(gate);
        }

        private void Run()
        {
            ZmqSocket socket = null;
            string connected = null;
            var wanted = new AudioSubscription[0];
            while (true)
            {
                lock (gate)
                {
                    while (!changed && socket == null) { Monitor.Wait(gate); }
                    if (closing) { break; }
                    changed = false;
                    wanted = subscriptions;
                    if (socket != null && (connected != address || wanted.Length == 0))
                    {
                        socket.Close();
                        socket = null;
                    }
                    connected = address;
                }
                if (socket == null && wanted.Length > 0 && connected != null) { socket = OpenSocket(connected); }
                if (socket == null) { continue; }
                Subscribe(socket, wanted);
                Receive(socket, wanted);
            }
            if (socket != null) { socket.Close(); }
        }

        private ZmqSocket OpenSocket(string where)
        {
            subscribed.Clear();
            var socket = new ZmqSocket(context, NativeZmq.Sub);
            try
            {
                socket.SetCommonOptions(keys);
                socket.Set(NativeZmq.RcvHwm, 256);
                socket.Set(NativeZmq.RcvTimeo, LookEveryMs);
                socket.Connect(where);
                return socket;
            }
            catch (HobnailException)  // an address that is none was refused by the client before
            {
                socket.Close();
                return null;
            }
        }

        private void Subscribe(ZmqSocket socket, AudioSubscription[] wanted)
        {
            subscribed.RemoveWhere(topic =>
            {
                bool gone = !Array.Exists(wanted, one => one.Topic == topic);
                if (gone) { socket.Set(NativeZmq.Unsubscribe, topic); }
                return gone;
            });
            foreach (AudioSubscription one in wanted)
            {
                if (subscribed.Add(one.Topic)) { socket.Set(NativeZmq.Subscribe, one.Topic); }
            }
        }

        private void Receive(ZmqSocket socket, AudioSubscription[] wanted)
        {
            int length = socket.Receive(0);
            if (length < 0) { return; }  // nothing for a while
            topicLength = Math.Min(length, topic.Length);
            Array.Copy(socket.Received, topic, topicLength);
            bool sane = true;
            int part = 0;
            while (socket.More)
            {
                length = socket.Receive(0);
                part++;
                sane = sane && length >= 0 && (part == 1 ? packet.ReadHeader(socket.Received, length)
                                               : part == 2 && packet.ReadSamples(socket.Received, length));
            }
            if (!sane || part != 2)
            {
                Volatile.Write(ref misread, misread + 1);
                return;
            }
            foreach (AudioSubscription one in wanted)
            {
                if (!one.IsOf(topic, topicLength)) { continue; }
                if (one.Feed.Channels == packet.Channels) { one.Feed.Write(packet.At, packet.Samples, packet.Frames); }
                else { Volatile.Write(ref misread, misread + 1); }
            }
        }
    }
}
