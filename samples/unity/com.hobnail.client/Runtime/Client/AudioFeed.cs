// Sound of one topic on its way into an engine's audio callback: a ring, held at a constant depth.
//
// The server's clock and the sound card's drift apart, and their rates may differ (48 kHz here, 44.1 kHz there), so the
// reader interpolates, and runs up to 0.2 % fast or slow when the ring's depth leaves its band. At equal rates within
// the band every sample passes unchanged. When the sound does not come in time it fades out in 64 frames, and in again.
using System;
using System.Threading;

namespace Hobnail
{
    public sealed class AudioFeed
    {
        private const int Packet = 256;  // frames that the server publishes at a time
        private const int Piece = 256;  // frames rendered at a time
        private const int Room = 24000;  // half a second for a callback that stands still
        private const int Lookahead = 2;  // frames that interpolation needs to know in advance
        private const double Smoothing = 0.02, Band = 256.0, Nudge = 0.002;
        private const float Ramp = 1.0f / 64.0f;

        private readonly int block, output;
        private readonly double ratio;
        private readonly FrameRing ring;
        private readonly float[] scratch, window;
        private long nextFrame = -1;  // the receiver's
        private double step, phase, smooth;  // from here on the audio thread's
        private float gain;
        private bool playing, settling;
        private double depth;
        private long lost, interruptions, skipped;

        /// <param name="channels">1 for an emitter, 2 for the mix.</param>
        /// <param name="blockFrames">What the callback asks for at a time.</param>
        /// <param name="outputFrames">What the engine buffers behind the callback; only reported.</param>
        /// <param name="safetyFrames">Kept ready against late packets, at the source's rate.</param>
        /// <param name="sourceRateHz">welcome.Rate.</param>
        /// <param name="sinkRateHz">The engine's.</param>
        public AudioFeed(int channels, int blockFrames, int outputFrames, int safetyFrames, double sourceRateHz,
                         double sinkRateHz)
        {
            Channels = channels;
            block = blockFrames;
            output = outputFrames;
            ratio = sourceRateHz / sinkRateHz;
            TargetFrames = (int)Math.Ceiling(blockFrames * ratio) + Packet + safetyFrames;
            ring = new FrameRing(channels, 2 * TargetFrames + Room);
            scratch = new float[((int)(Piece * ratio * 1.01) + 4) * channels];
            window = new float[4 * channels];
            step = ratio;
        }

        public int Channels { get; private set; }

        public int TargetFrames { get; private set; }

        /// <summary>[any] Frames of the session between a sample's due time and the loudspeaker: this ring and the engine's buffers.</summary>
        public double LatencyFrames
        {
            get { return Volatile.Read(ref depth) + Packet / 2.0 + Lookahead + output * ratio; }
        }

        /// <summary>[any] Frames that did not arrive, or found the ring full.</summary>
        public long LostFrames { get { return Volatile.Read(ref lost); } }

        /// <summary>[any] How often the sound was interrupted because none was ready.</summary>
        public long Interruptions { get { return Volatile.Read(ref interruptions); } }

        /// <summary>[any] Frames thrown away because the callback had stood still.</summary>
        public long SkippedFrames { get { return Volatile.Read(ref skipped); } }

        /// <summary>[receiver] Samples whose first belongs to session frame `at`; small gaps become silence, so that time is kept.</summary>
        public void Write(long at, float[] samples, int frames)
        {
            long gap = at - nextFrame;
            if (nextFrame >= 0 && gap > 0)
            {
                Volatile.Write(ref lost, lost + gap);
                if (gap <= TargetFrames) { ring.Write(null, (int)gap); }
            }
            nextFrame = at + frames;
            int taken = ring.Write(samples, frames);
            Volatile.Write(ref lost, lost + frames - taken);
        }

        /// <summary>[audio] Fills `frames` frames, with silence where there is no sound. Takes no lock and no memory.</summary>
        public void Read(float[] samples, int frames)
        {
            Settle();
            for (int at = 0; at < frames; at += Piece) { Render(samples, at, Math.Min(Piece, frames - at)); }
        }

        // Decides, once a callback, whether to play, to skip, and how fast.
        private void Settle()
        {
            int ready = ring.Readable;
            if (!playing)
            {
                if (ready < TargetFrames) { return; }
                ring.Drop(ready - TargetFrames);
                ready = TargetFrames;
                playing = true;
                settling = false;
                smooth = TargetFrames;
                step = ratio;
            }
            if (ready > TargetFrames + 6 * Packet + block)
            {
                ring.Drop(ready - TargetFrames);
                Volatile.Write(ref skipped, skipped + ready - TargetFrames);
                gain = 0.0f;
                smooth = TargetFrames;
            }
            else { smooth += Smoothing * (ready - smooth); }
            Volatile.Write(ref depth, smooth);
            double excess = smooth - TargetFrames;
            if (Math.Abs(excess) > Band) { step = ratio * (excess > 0.0 ? 1.0 + Nudge : 1.0 - Nudge); }
            else if ((step > ratio && excess <= 0.0) || (step < ratio && excess >= 0.0)) { settling = true; }
        }

        private void Render(float[] samples, int from, int frames)
        {
            int needed = (int)(phase + frames * step) + 1;
            int found = playing ? ring.Peek(scratch, Math.Min(needed, scratch.Length / Channels)) : 0;
            int next = 0;
            for (int frame = from; frame < from + frames; frame++)
            {
                gain = playing ? Math.Min(1.0f, gain + Ramp) : Math.Max(0.0f, gain - Ramp);
                for (int channel = 0; channel < Channels; channel++)
                {
                    samples[frame * Channels + channel] = gain * Between(4 * channel);
                }
                if (!playing) { continue; }
                for (phase += step; phase >= 1.0; phase -= 1.0)
                {
                    if (next == found)
                    {
                        playing = false;
                        phase = 0.0;
                        Volatile.Write(ref interruptions, interruptions + 1);
                        break;
                    }
                    Shift(next++ * Channels);
                }
                if (settling && phase <= 2.0 * Nudge) { EndNudge(); }
            }
            ring.Drop(next);
        }

        // At equal rates on a whole frame again, so that samples pass unchanged; the jump is 0.4 % of a frame.
        private void EndNudge()
        {
            settling = false;
            step = ratio;
            if (ratio == 1.0) { phase = 0.0; }
        }

        private void Shift(int at)
        {
            for (int channel = 0; channel < Channels; channel++)
            {
                int w = 4 * channel;
                window[w] = window[w + 1];
                window[w + 1] = window[w + 2];
                window[w + 2] = window[w + 3];
                window[w + 3] = scratch[at + channel];
            }
        }

        // Cubic Hermite between the second and the third; exactly the second at phase 0.
        private float Between(int w)
        {
            float a = window[w], b = window[w + 1], c = window[w + 2], d = window[w + 3], t = (float)phase;
            float inner = 2.0f * a - 5.0f * b + 4.0f * c - d + t * (3.0f * (b - c) + d - a);
            return b + 0.5f * t * (c - a + t * inner);
        }
    }
}
