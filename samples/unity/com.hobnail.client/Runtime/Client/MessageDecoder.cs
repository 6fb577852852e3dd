// Each message of the server from its bytes. Pure.
namespace Hobnail
{
    public static class MessageDecoder
    {
        private const int LongestMessage = 1 << 20;

        /// <summary>The message in one ZeroMQ frame; null when the bytes are not one of the server's.</summary>
        public static ServerMessage Decode(byte[] data, int length)
        {
            try
            {
                if (length == 0 || length > LongestMessage) { return null; }
                string type = TypeOf(new MessagePackReader(data, 0, length));
                var reader = new MessagePackReader(data, 0, length);
                ServerMessage message = Read(type, ref reader);
                return reader.AtEnd ? message : null;
            }
            catch (MisreadException)
            {
                return null;
            }
        }

        private static string TypeOf(MessagePackReader reader)
        {
            string type = null;
            bool version = false;
            for (int left = reader.Map(); left > 0; left--)
            {
                Key key = reader.Key();
                if (key.Is("type")) { type = reader.Text(); }
                else if (key.Is("v")) { version = reader.Integer() == Protocol.Version; }
                else { reader.Skip(); }
            }
            return version ? type : null;
        }

        private static ServerMessage Read(string type, ref MessagePackReader reader)
        {
            switch (type)
            {
                case "welcome": return WelcomeDecoder.ReadWelcome(ref reader);
                case "pong": return ReadPong(ref reader);
                case "ack": return ReadAck(ref reader);
                case "ended": return ReadEnded(ref reader);
                case "latency": return ReadNews(ref reader);
                case "error": return ReadRefusal(ref reader);
                default: throw new MisreadException("expected a type of protocol 1");
            }
        }

        private static Pong ReadPong(ref MessagePackReader from)
        {
            var pong = new Pong();
            for (int left = from.Map(); left > 0; left--)
            {
                Key key = from.Key();
                if (key.Is("t")) { pong.T = from.Integer(); }
                else if (key.Is("frame")) { pong.Frame = from.Integer(); }
                else if (key.Is("ns")) { pong.Ns = from.Integer(); }
                else { from.Skip(); }
            }
            return pong;
        }

        private static Ack ReadAck(ref MessagePackReader from)
        {
            var ack = new Ack();
            for (int left = from.Map(); left > 0; left--)
            {
                Key key = from.Key();
                if (from.SkipNil()) { continue; }
                if (key.Is("re")) { ack.Re = from.Integer(); }
                else if (key.Is("at")) { ack.At = from.Integer(); }
                else if (key.Is("voice")) { ack.Voice = from.Integer(); }
                else { from.Skip(); }
            }
            if (!ack.Re.HasValue) { throw new MisreadException("missing field re"); }
            return ack;
        }

        private static Ended ReadEnded(ref MessagePackReader from)
        {
            var ended = new Ended();
            for (int left = from.Map(); left > 0; left--)
            {
                Key key = from.Key();
                if (from.SkipNil()) { continue; }
                if (key.Is("voice")) { ended.Voice = from.Integer(); }
                else if (key.Is("emitter")) { ended.Emitter = from.Text(); }
                else if (key.Is("event")) { ended.Event = from.Text(); }
                else if (key.Is("engine")) { ended.Engine = from.Text(); }
                else if (key.Is("reason")) { ended.Reason = from.Text(); }
                else if (key.Is("re")) { ended.Re = from.Integer(); }
                else if (key.Is("at")) { ended.At = from.Integer(); }
                else if (key.Is("received_ns")) { ended.ReceivedNs = from.Integer(); }
                else if (key.Is("onset")) { ended.Onset = from.Integer(); }
                else if (key.Is("onset_ns")) { ended.OnsetNs = from.Integer(); }
                else if (key.Is("underrun_frames")) { ended.UnderrunFrames = from.Integer(); }
                else { from.Skip(); }
            }
            if (ended.Emitter == null || ended.Reason == null) { throw new MisreadException("expected emitter, reason"); }
            return ended;
        }

        private static LatencyNews ReadNews(ref MessagePackReader from)
        {
            var news = new LatencyNews();
            for (int left = from.Map(); left > 0; left--)
            {
                Key key = from.Key();
                if (key.Is("latency")) { news.Latency = WelcomeDecoder.ReadLatency(ref from); }
                else { from.Skip(); }
            }
            return news;
        }

        private static Refusal ReadRefusal(ref MessagePackReader from)
        {
            var refusal = new Refusal();
            for (int left = from.Map(); left > 0; left--)
            {
                Key key = from.Key();
                if (from.SkipNil()) { continue; }
                if (key.Is("code")) { refusal.Code = from.Text(); }
                else if (key.Is("path")) { refusal.Path = from.Text(); }
                else if (key.Is("problem")) { refusal.Problem = from.Text(); }
                else if (key.Is("cure")) { refusal.Cure = from.Text(); }
                else if (key.Is("re")) { refusal.Re = from.Integer(); }
                else if (key.Is("count")) { refusal.Count = from.Integer(); }
                else { from.Skip(); }
            }
            if (refusal.Code == null) { throw new MisreadException("missing field code"); }
            return refusal;
        }
    }
}
