// Checks the frames of sound: topic, header map, float 32 samples. Pure, and its memory is used again.
using System;

namespace Hobnail
{
    public sealed class AudioPacket
    {
        private const int MostChannels = 64;

        public long At { get; private set; }  // session frame of the first sample
        public int Channels { get; private set; }
        public int Frames { get; private set; }
        public float[] Samples { get; private set; } = new float[1024];  // interleaved

        /// <summary>The topic of "mix" or of an emitter.</summary>
        public static string TopicOf(string name) { return "pcm/" + name; }

        /// <summary>Takes over a header; false when it is none.</summary>
        public bool ReadHeader(byte[] data, int length)
        {
            long at = -1, channels = -1, frames = -1;
            bool known = false;
            try
            {
                var from = new MessagePackReader(data, 0, length);
                for (int left = from.Map(); left > 0; left--)
                {
                    Key key = from.Key();
                    if (key.Is("at")) { at = from.Integer(); }
                    else if (key.Is("channels")) { channels = from.Integer(); }
                    else if (key.Is("frames")) { frames = from.Integer(); }
                    else if (key.Is("format")) { known = from.Key().Is("f32le"); }
                    else { from.Skip(); }
                }
            }
            catch (MisreadException)
            {
                return false;
            }
            At = at;
            Channels = (int)Math.Max(-1, Math.Min(channels, MostChannels + 1));
            Frames = (int)Math.Max(-1, Math.Min(frames, int.MaxValue / 1024));
            return known && at >= 0 && Channels >= 1 && Channels <= MostChannels && Frames >= 0;
        }

        /// <summary>Takes over the samples that the header promised; false when there are others.</summary>
        public bool ReadSamples(byte[] data, int length)
        {
            long count = (long)Frames * Channels;
            if (length != 4 * count) { return false; }
            if (Samples.Length < count) { Samples = new float[count]; }
            Buffer.BlockCopy(data, 0, Samples, 0, length);
            for (int at = 0; at < count; at++)
            {
                if (float.IsNaN(Samples[at]) || float.IsInfinity(Samples[at])) { Samples[at] = 0.0f; }
            }
            return true;
        }
    }
}
