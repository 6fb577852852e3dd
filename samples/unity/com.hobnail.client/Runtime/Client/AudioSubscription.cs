// A feed and the topic that fills it.
using System.Text;

namespace Hobnail
{
    internal sealed class AudioSubscription
    {
        internal readonly string Topic;
        internal readonly AudioFeed Feed;
        private readonly byte[] bytes;

        internal AudioSubscription(string name, AudioFeed feed)
        {
            Topic = AudioPacket.TopicOf(name);
            bytes = Encoding.UTF8.GetBytes(Topic);
            Feed = feed;
        }

        /// <summary>Whether it is exactly this topic: ZeroMQ matches prefixes, door hears door2.</summary>
        internal bool IsOf(byte[] topic, int length)
        {
            bool same = bytes.Length == length;
            for (int at = 0; same && at < length; at++) { same = bytes[at] == topic[at]; }
            return same;
        }
    }
}
