// The connection of a scene to its Hobnail server. One in a scene; it survives the loading of others.
using System.Collections.Generic;
using UnityEngine;

namespace Hobnail
{
    [AddComponentMenu("Hobnail/Hobnail Session")]
    [DefaultExecutionOrder(-1000)]
    public sealed class HobnailSession : MonoBehaviour
    {
        private static readonly List<HobnailEmitter> Emitters = new List<HobnailEmitter>();  // before a session, too
        private static readonly string[] Columns =
        {
            "speed_m_s", "slip_m_s", "position_x_m", "position_y_m", "position_z_m",
        };

        [Tooltip("Where `hobnail serve` listens.")]
        public string address = "tcp://127.0.0.1:9710";
        [Tooltip("A name for people, in the server's log.")]
        public string clientName = "unity";
        [Tooltip("Units in a metre: 1 as Unity has it.")]
        public float unitsPerMetre = 1.0f;
        [Tooltip("Sound comes back into Unity's mixer, emitter by emitter. Start the server with --sink null then.")]
        public bool soundInUnity = true;
        [Tooltip("Frames of sound kept ready against late packets. More is safer and later.")]
        public int safetyFrames = 512;
        [Tooltip("server.key and NAME.key_secret, for a server that is not on this machine.")]
        public string serverKeyFile = "", ownKeyFile = "";

        private readonly FrameMessage frame = new FrameMessage { Columns = Columns, Width = Columns.Length };
        private readonly List<Reply> replies = new List<Reply>();
        private HobnailClient client;
        private AudioReceiver receiver;
        private int greetings;

        /// <summary>The one that runs; null when there is none.</summary>
        public static HobnailSession Current { get; private set; }

        /// <summary>For what the components do not offer. Null when the session is off.</summary>
        public HobnailClient Client { get { return client; } }

        /// <summary>Called with each Ack, Ended and Refusal, on the game's thread.</summary>
        public event System.Action<Reply> Replied;

        /// <summary>
        /// Milliseconds from an event's call to the loudspeaker: the server's, that of the rings on the way, and Unity's own
        /// DSP buffers. 0 before anything is known.
        /// </summary>
        public double LatencyMs { get; private set; }

        private void OnEnable()
        {
            if (Current != null)
            {
                Debug.LogWarning("There are two Hobnail sessions; '" + name + "' stays off.", this);
                enabled = false;
                return;
            }
            Current = this;
            Application.runInBackground = true;
            try
            {
                ClientKeys keys = serverKeyFile == "" ? null : ClientKeys.Load(serverKeyFile, ownKeyFile);
                var hello = new HelloMessage
                {
                    Client = clientName, UnitsPerMetre = unitsPerMetre, Up = "y", Handedness = "left", WantVoices = true,
                };
                client = new HobnailClient(hello, address, keys);
                receiver = new AudioReceiver(keys);
            }
            catch (System.Exception error)  // no libzmq, no such key file, no address
            {
                Debug.LogError("Hobnail is off: " + error.Message + " See docs/unity.md.", this);
                Close();
            }
        }

        private void OnDisable()
        {
            if (Current == this) { Close(); }
        }

        private void OnApplicationQuit() { OnDisable(); }

        private void Close()
        {
            foreach (HobnailEmitter emitter in Emitters) { emitter.Unhear(); }
            if (receiver != null) { receiver.Dispose(); }
            if (client != null) { client.Dispose(); }
            receiver = null;
            client = null;
            greetings = 0;
            Current = null;
        }

        internal static void Add(HobnailEmitter emitter)
        {
            Emitters.Add(emitter);
            if (Current != null && Current.greetings > 0) { Current.Introduce(emitter); }
        }

        internal static void Remove(HobnailEmitter emitter)
        {
            Emitters.Remove(emitter);
            emitter.Unhear();
            if (Current != null && Current.client != null) { Current.client.Remove(emitter.Id); }
        }

        internal void Forget(AudioFeed feed)
        {
            if (receiver != null) { receiver.Forget(feed); }
        }

        private void Introduce(HobnailEmitter emitter)
        {
            client.Create(emitter.Id, emitter.Settings());
            if (!soundInUnity || client.AudioAddress == null) { return; }
            int block, blocks;
            AudioSettings.GetDSPBufferSize(out block, out blocks);
            var feed = new AudioFeed(1, block, block * blocks, safetyFrames, client.Welcome.Rate, AudioSettings.outputSampleRate);
            receiver.Listen(emitter.Id, feed);
            emitter.Hear(feed);
        }

        private void Update()
        {
            if (client == null) { return; }
            int now = client.Greetings;
            if (now != greetings)
            {
                bool first = greetings == 0;
                greetings = now;
                receiver.Connect(client.AudioAddress);
                if (first) { Emitters.ForEach(Introduce); }  // later the client itself sets the scene up again
                Welcome welcome = client.Welcome;
                Debug.Log("Hobnail " + welcome.Version + ": " + welcome.Engine + ", as " + welcome.Client + ".", this);
            }
            client.Poll(replies);
            foreach (Reply reply in replies)
            {
                var refusal = reply as Refusal;
                if (refusal != null) { Debug.LogWarning("Hobnail: " + refusal, this); }
                if (Replied != null) { Replied(reply); }
            }
            replies.Clear();
        }

        // What the emitters do at this tick, in one message.
        private void LateUpdate()
        {
            if (client == null || greetings == 0) { return; }
            frame.Emitters.Clear();
            double worst = 0.0;
            foreach (HobnailEmitter emitter in Emitters)
            {
                emitter.Fill(frame, frame.AddRow(emitter.Id), Time.deltaTime);
                worst = System.Math.Max(worst, emitter.FeedLatencyFrames);
            }
            if (Emitters.Count > 0) { client.Tell(frame); }
            Welcome welcome = client.Welcome;
            SessionLatency server = welcome.Latency;
            long frames = server.BufferFrames + server.ModelFrames + server.TransportFrames;
            LatencyMs = (frames + worst) * 1000.0 / welcome.Rate;
        }
    }
}
