// Single-producer single-consumer ring of interleaved float frames; wait-free on both sides. Memory is taken once.
using System;
using System.Threading;

namespace Hobnail
{
    public sealed class FrameRing
    {
        private readonly int channels, capacity;
        private readonly float[] samples;
        private long head;  // moved by the producer
        private long tail;  // moved by the consumer

        public FrameRing(int channels, int capacityFrames)
        {
            this.channels = channels;
            capacity = capacityFrames;
            samples = new float[channels * capacityFrames];
        }

        /// <summary>[consumer] Frames ready. Acquires the producer's counter, which makes the samples behind it visible.</summary>
        public int Readable { get { return (int)(Volatile.Read(ref head) - tail); } }

        /// <summary>[producer] Appends what fits; null is silence. Returns the frames taken.</summary>
        public int Write(float[] from, int frames)
        {
            int taken = Math.Min(frames, capacity - (int)(head - Volatile.Read(ref tail)));
            int at = (int)(head % capacity), first = Math.Min(taken, capacity - at);
            Put(from, 0, at, first);
            Put(from, first, 0, taken - first);
            Volatile.Write(ref head, head + taken);
            return taken;
        }

        /// <summary>[consumer] Copies up to `frames` without taking them; returns how many.</summary>
        public int Peek(float[] to, int frames)
        {
            int found = Math.Min(frames, Readable);
            int at = (int)(tail % capacity), first = Math.Min(found, capacity - at);
            Array.Copy(samples, at * channels, to, 0, first * channels);
            Array.Copy(samples, 0, to, first * channels, (found - first) * channels);
            return found;
        }

        /// <summary>[consumer] Takes `frames`, of which there must be so many.</summary>
        public void Drop(int frames) { Volatile.Write(ref tail, tail + frames); }

        private void Put(float[] from, int offset, int at, int frames)
        {
            if (from == null) { Array.Clear(samples, at * channels, frames * channels); }
            else { Array.Copy(from, offset * channels, samples, at * channels, frames * channels); }
        }
    }
}
