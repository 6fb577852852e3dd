// Where the server's session clock stands, estimated from pings. Pure: every time is passed in, in monotonic ns.
//
// A pong that was answered within rtt was written at the middle, give or take rtt / 2 (Cristian 1989). As in NTP's
// clock filter (RFC 5905, section 10) the best of the last samples counts; its error bound grows with its age.
using System;
using System.Collections.Generic;

namespace Hobnail
{
    public sealed class SessionClock
    {
        private const int Kept = 32;
        private const double Drift = 100e-6;  // how far the session's clock may run from this one: two cheap crystals
        private const double SlackNs = 2e6;  // a sample may contradict the estimate by so much beyond its error

        private struct Sample
        {
            internal long LocalNs, Frame;
            internal double ErrorNs;

            internal double ErrorAt(long localNs) { return ErrorNs + Drift * Math.Abs(localNs - LocalNs); }
        }

        private readonly List<Sample> samples = new List<Sample>();
        private readonly double rateHz;

        public SessionClock(long rateHz) { this.rateHz = rateHz; }

        public int Samples { get { return samples.Count; } }

        /// <summary>A pong: `frame` was due somewhere between sending the ping and receiving the answer.</summary>
        public void Add(long sentNs, long receivedNs, long frame)
        {
            var sample = new Sample
            {
                LocalNs = sentNs + (receivedNs - sentNs) / 2,
                Frame = frame,
                ErrorNs = Math.Max(0, receivedNs - sentNs) / 2.0,
            };
            if (samples.Count > 0)
            {
                Sample best = Best(sample.LocalNs);
                double offNs = Math.Abs(FrameAt(best, sample.LocalNs) - frame) * 1e9 / rateHz;
                // beyond all error the server's clock was set anew: what came before says nothing
                if (offNs > sample.ErrorNs + best.ErrorAt(sample.LocalNs) + SlackNs) { samples.Clear(); }
            }
            samples.Add(sample);
            if (samples.Count > Kept) { samples.RemoveAt(0); }
        }

        /// <summary>The session frame due at a local time. Needs a sample.</summary>
        public long FrameAt(long localNs) { return (long)Math.Round(FrameAt(Best(localNs), localNs)); }

        /// <summary>The local time at which a session frame is due. Needs a sample.</summary>
        public long LocalNsAt(long frame)
        {
            Sample newest = samples[samples.Count - 1];
            Sample best = Best(newest.LocalNs + NsOf(frame - newest.Frame));
            return best.LocalNs + NsOf(frame - best.Frame);
        }

        /// <summary>A bound on the error at that time. Needs a sample.</summary>
        public double ErrorNs(long localNs) { return Best(localNs).ErrorAt(localNs); }

        private Sample Best(long localNs)
        {
            Sample best = samples[0];
            foreach (Sample sample in samples)
            {
                if (sample.ErrorAt(localNs) < best.ErrorAt(localNs)) { best = sample; }
            }
            return best;
        }

        private double FrameAt(Sample sample, long localNs)
        {
            return sample.Frame + (localNs - sample.LocalNs) * rateHz / 1e9;
        }

        private long NsOf(long frames) { return (long)Math.Round(frames * 1e9 / rateHz); }
    }
}
