// A sounding thing. With an AudioSource beside it, its sound comes out of that: placed, filtered and mixed by Unity.
using System.Collections.Generic;
using UnityEngine;

namespace Hobnail
{
    [AddComponentMenu("Hobnail/Hobnail Emitter")]
    [RequireComponent(typeof(AudioSource))]
    public sealed class HobnailEmitter : MonoBehaviour
    {
        [Tooltip("1 to 64 of A-Z a-z 0-9 _ . : / ( ) - and inner spaces. Empty: the object's name and number.")]
        public string id = "";
        [Tooltip("Words for it: leather boots, an oak barrel.")]
        public string prompt = "";
        [Tooltip("Of the thing itself: wood, metal, leather. The console says which words the engine knows.")]
        public string material = "";
        [Tooltip("Kilograms and metres; 0: unknown.")]
        public float mass, size;
        [Range(-120.0f, 24.0f)] public float gainDb;
        [Range(0, 100)] public int priority = 50;
        [Tooltip("Speeds are those of this body; without one, of the object's own movement.")]
        public Rigidbody body;
        [Tooltip("Collisions of this object become events of this name; empty: they do not.")]
        public string collisionEvent = "impact";
        [Tooltip("What this object strikes, when the other has no HobnailSurface.")]
        public string defaultSurface = "stone";

        private const int MostFrames = 4096;
        private readonly float[] mono = new float[MostFrames];
        private volatile AudioFeed feed;  // shared with the audio thread, which only reads
        private Vector3 lastPosition;
        private float slip;

        public string Id { get; private set; }

        internal double FeedLatencyFrames { get { return feed == null ? 0.0 : feed.LatencyFrames; } }

        /// <summary>How often its sound was interrupted because none was ready: raise the session's safetyFrames.</summary>
        public long Interruptions { get { return feed == null ? 0 : feed.Interruptions; } }

        private void OnEnable()
        {
            Id = id != "" ? id : Plain(name) + "-" + System.Math.Abs((long)GetInstanceID());
            lastPosition = transform.position;
            if (body == null) { body = GetComponent<Rigidbody>(); }
            PlayCarrier();
            HobnailSession.Add(this);
        }

        private void OnDisable()
        {
            HobnailSession.Remove(this);
        }

        /// <summary>Something happens to it, at once. False when the server is away.</summary>
        public bool Trigger(string eventName, string surface, float speed, float impulse = float.NaN)
        {
            return Send(eventName, EventAction.Trigger, surface, speed, impulse);
        }

        /// <summary>A sustained sound begins: roll, scrape, rain. It follows the object's speed until StopSound.</summary>
        public bool StartSound(string eventName, string surface)
        {
            return Send(eventName, EventAction.Start, surface, float.NaN, float.NaN);
        }

        public bool StopSound(string eventName)
        {
            return Send(eventName, EventAction.Stop, null, float.NaN, float.NaN);
        }

        /// <summary>Moves a control of this emitter, 0..1: pitch, intensity, texture.</summary>
        public bool SetControl(string control, float value)
        {
            HobnailClient client = Client;
            return client != null && client.Control(control, value, Id);
        }

        internal EmitterSettings Settings()
        {
            Vector3 at = transform.position;
            return new EmitterSettings
            {
                Prompt = prompt != "" ? prompt : null,
                Material = material != "" ? material : null,
                MassKg = mass > 0.0f ? mass : (double?)null,
                SizeM = size > 0.0f ? size : (double?)null,
                GainDb = gainDb,
                Priority = priority,
                PositionM = new Vector(at.x, at.y, at.z),
            };
        }

        internal void Hear(AudioFeed newFeed) { feed = newFeed; }

        internal void Unhear()
        {
            AudioFeed old = feed;
            feed = null;
            if (old != null && HobnailSession.Current != null) { HobnailSession.Current.Forget(old); }
        }

        // Columns as HobnailSession names them.
        internal void Fill(FrameMessage frame, int row, float seconds)
        {
            Vector3 at = transform.position;
            float speed = seconds > 0.0f ? (at - lastPosition).magnitude / seconds : 0.0f;
            lastPosition = at;
            frame.Set(row, 0, body != null ? body.velocity.magnitude : speed);
            frame.Set(row, 1, slip);
            frame.Set(row, 2, at.x);
            frame.Set(row, 3, at.y);
            frame.Set(row, 4, at.z);
            slip = 0.0f;
        }

        private static HobnailClient Client
        {
            get { return HobnailSession.Current == null ? null : HobnailSession.Current.Client; }
        }

        private bool Send(string eventName, EventAction action, string surface, float speed, float impulse)
        {
            var contact = new Contact
            {
                Material = surface,
                SpeedMS = float.IsNaN(speed) ? (double?)null : speed,
                ImpulseNS = float.IsNaN(impulse) ? (double?)null : impulse,
            };
            HobnailClient client = Client;
            return client != null && client.Event(Id, eventName, contact, action).HasValue;
        }

        private void OnCollisionEnter(Collision collision)
        {
            if (collisionEvent == "") { return; }
            var surface = collision.collider.GetComponentInParent<HobnailSurface>();
            Trigger(collisionEvent, surface != null ? surface.material : defaultSurface,
                    collision.relativeVelocity.magnitude, collision.impulse.magnitude);
        }

        private void OnCollisionStay(Collision collision)
        {
            slip = Mathf.Max(slip, collision.relativeVelocity.magnitude);
        }

        // A source that plays ones: Unity pans and attenuates them before the filter below, which multiplies our sound in.
        private void PlayCarrier()
        {
            var source = GetComponent<AudioSource>();
            if (source.clip == null)
            {
                const int Length = 4800;
                var ones = new float[Length];
                for (int at = 0; at < Length; at++) { ones[at] = 1.0f; }
                source.clip = AudioClip.Create("hobnail-carrier", Length, 1, AudioSettings.outputSampleRate, false);
                source.clip.SetData(ones, 0);
            }
            source.loop = true;
            source.dopplerLevel = 0.0f;
            source.Play();
        }

        // [audio] Takes no lock and no memory.
        private void OnAudioFilterRead(float[] data, int channels)
        {
            AudioFeed from = feed;
            int frames = data.Length / channels;
            if (from == null || frames > MostFrames)
            {
                System.Array.Clear(data, 0, data.Length);
                return;
            }
            from.Read(mono, frames);
            for (int frame = 0, at = 0; frame < frames; frame++)
            {
                for (int channel = 0; channel < channels; channel++, at++) { data[at] *= mono[frame]; }
            }
        }

        private static string Plain(string text)
        {
            var plain = new System.Text.StringBuilder();
            foreach (char one in text)
            {
                bool fits = (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || (one >= '0' && one <= '9');
                plain.Append(fits ? one : '_');
            }
            return plain.Length > 40 ? plain.ToString(0, 40) : plain.Length == 0 ? "thing" : plain.ToString();
        }
    }
}
