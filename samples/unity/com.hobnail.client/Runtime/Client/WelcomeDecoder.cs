// The longest message of the server: what the session can do.
namespace Hobnail
{
    internal static class WelcomeDecoder
    {
        internal static Welcome ReadWelcome(ref MessagePackReader from)
        {
            var welcome = new Welcome();
            for (int left = from.Map(); left > 0; left--)
            {
                Key key = from.Key();
                if (key.Is("client")) { welcome.Client = from.Text(); }
                else if (key.Is("frame")) { welcome.Frame = from.Integer(); }
                else if (key.Is("rate")) { welcome.Rate = from.Integer(); }
                else if (key.Is("hop")) { welcome.Hop = from.Integer(); }
                else if (key.Is("latency")) { welcome.Latency = ReadLatency(ref from); }
                else if (key.Is("engine")) { welcome.Engine = from.Text(); }
                else if (key.Is("engines"))
                {
                    for (int items = from.List(); items > 0; items--) { welcome.Engines.Add(ReadEngine(ref from)); }
                }
                else if (key.Is("controls"))
                {
                    for (int items = from.List(); items > 0; items--) { welcome.Controls.Add(ReadControl(ref from)); }
                }
                else if (key.Is("buses")) { welcome.Buses = from.Texts(); }
                else if (key.Is("audio_port")) { welcome.AudioPort = from.Integer(); }
                else if (key.Is("telemetry_port")) { welcome.TelemetryPort = from.Integer(); }
                else if (key.Is("heartbeat_s")) { welcome.HeartbeatS = from.Number(); }
                else if (key.Is("timeout_s")) { welcome.TimeoutS = from.Number(); }
                else if (key.Is("version")) { welcome.Version = from.Text(); }
                else { from.Skip(); }
            }
            if (welcome.Client == null || welcome.Rate <= 0) { throw new MisreadException("expected client and rate"); }
            return welcome;
        }

        internal static SessionLatency ReadLatency(ref MessagePackReader from)
        {
            var latency = new SessionLatency();
            for (int left = from.Map(); left > 0; left--)
            {
                Key key = from.Key();
                if (key.Is("buffer_frames")) { latency.BufferFrames = from.Integer(); }
                else if (key.Is("model_frames")) { latency.ModelFrames = from.Integer(); }
                else if (key.Is("transport_frames")) { latency.TransportFrames = from.Integer(); }
                else if (key.Is("device_frames")) { latency.DeviceFrames = from.Integer(); }
                else { from.Skip(); }
            }
            return latency;
        }

        private static EngineInfo ReadEngine(ref MessagePackReader from)
        {
            var engine = new EngineInfo();
            for (int left = from.Map(); left > 0; left--)
            {
                Key key = from.Key();
                if (key.Is("id")) { engine.Id = from.Text(); }
                else if (key.Is("materials")) { engine.Materials = from.Texts(); }
                else if (key.Is("controls")) { engine.Controls = from.Texts(); }
                else if (key.Is("events"))
                {
                    for (int items = from.List(); items > 0; items--) { engine.Events.Add(ReadEvent(ref from)); }
                }
                else { from.Skip(); }
            }
            return engine;
        }

        private static EventInfo ReadEvent(ref MessagePackReader from)
        {
            var info = new EventInfo();
            for (int left = from.Map(); left > 0; left--)
            {
                Key key = from.Key();
                if (key.Is("name")) { info.Name = from.Text(); }
                else if (key.Is("kind")) { info.Kind = from.Text(); }
                else { from.Skip(); }
            }
            return info;
        }

        private static ControlInfo ReadControl(ref MessagePackReader from)
        {
            var info = new ControlInfo();
            for (int left = from.Map(); left > 0; left--)
            {
                Key key = from.Key();
                if (key.Is("id")) { info.Id = from.Text(); }
                else if (key.Is("unit")) { info.Unit = from.Text(); }
                else if (key.Is("minimum")) { info.Minimum = from.Number(); }
                else if (key.Is("maximum")) { info.Maximum = from.Number(); }
                else if (key.Is("default")) { info.Default = from.Number(); }
                else { from.Skip(); }
            }
            return info;
        }
    }
}
