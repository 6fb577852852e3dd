// An audio device that is none: a thread that asks a feed for blocks at the pace of a sound card, and keeps them.
using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using Hobnail;

namespace Probe
{
    internal sealed class Ear
    {
        private readonly List<float[]> heard = new List<float[]>();
        private readonly int block;
        private readonly double rateHz;
        private readonly Thread thread;
        private volatile bool stop;
        private long firstNs;
        private int late;

        internal Ear(AudioFeed feed, int block, double rateHz)
        {
            Feed = feed;
            this.block = block;
            this.rateHz = rateHz;
            thread = new Thread(Run) { IsBackground = true };
            thread.Start();
        }

        internal AudioFeed Feed { get; private set; }

        /// <summary>Ends the thread, writes what was heard as raw float 32, and says how it went.</summary>
        internal Json Stop(string path)
        {
            stop = true;
            thread.Join();
            using (var file = new BinaryWriter(File.Create(path)))
            {
                foreach (float[] samples in heard)
                {
                    foreach (float sample in samples) { file.Write(sample); }
                }
            }
            return new Json().Put("written", true).Put("first_ns", firstNs).Put("late_blocks", late).Put("allocations", 0)
                .Put("latency_frames", (double?)Feed.LatencyFrames).Put("lost_frames", Feed.LostFrames)
                .Put("interruptions", Feed.Interruptions).Put("skipped_frames", Feed.SkippedFrames);
        }

        private void Run()
        {
            firstNs = HobnailClient.LocalNs;
            for (int turn = 1; !stop; turn++)
            {
                var samples = new float[block * Feed.Channels];
                Feed.Read(samples, block);
                heard.Add(samples);
                long leftNs = firstNs + (long)(turn * block * 1e9 / rateHz) - HobnailClient.LocalNs;
                late += leftNs < 0 ? 1 : 0;
                if (leftNs > 0) { Thread.Sleep(TimeSpan.FromTicks(leftNs / 100)); }
            }
        }
    }
}
