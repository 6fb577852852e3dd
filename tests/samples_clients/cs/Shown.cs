// Messages of the server as the JSON of tests/vectors.
using Hobnail;

namespace Probe
{
    internal static class Shown
    {
        internal static Json Of(ServerMessage message)
        {
            var welcome = message as Welcome;
            var pong = message as Pong;
            var ack = message as Ack;
            var ended = message as Ended;
            var news = message as LatencyNews;
            return welcome != null ? Of(welcome)
                : pong != null ? new Json().Put("type", "pong").Put("t", pong.T).Put("frame", pong.Frame).Put("ns", pong.Ns)
                : ack != null ? new Json().Put("type", "ack").Put("re", ack.Re).Put("at", ack.At).Put("voice", ack.Voice)
                : ended != null ? Of(ended)
                : news != null ? new Json().Put("type", "latency").Put("latency", Of(news.Latency))
                : Of((Refusal)message);
        }

        private static Json Of(SessionLatency latency)
        {
            return new Json().Put("buffer_frames", latency.BufferFrames).Put("model_frames", latency.ModelFrames)
                .Put("transport_frames", latency.TransportFrames).Put("device_frames", latency.DeviceFrames);
        }

        private static Json Of(Welcome welcome)
        {
            return new Json().Put("type", "welcome").Put("client", welcome.Client).Put("frame", welcome.Frame)
                .Put("rate", welcome.Rate).Put("hop", welcome.Hop).Put("latency", Of(welcome.Latency)).Put("engine", welcome.Engine)
                .Put("engines", welcome.Engines.ConvertAll(Of)).Put("controls", welcome.Controls.ConvertAll(Of))
                .Put("buses", welcome.Buses).Put("audio_port", welcome.AudioPort)
                .Put("telemetry_port", welcome.TelemetryPort).Put("heartbeat_s", (double?)welcome.HeartbeatS)
                .Put("timeout_s", (double?)welcome.TimeoutS).Put("version", welcome.Version);
        }

        private static Json Of(EngineInfo engine)
        {
            return new Json().Put("id", engine.Id)
                .Put("events", engine.Events.ConvertAll(one => new Json().Put("name", one.Name).Put("kind", one.Kind)))
                .Put("materials", engine.Materials).Put("controls", engine.Controls);
        }

        private static Json Of(ControlInfo control)
        {
            return new Json().Put("id", control.Id).Put("unit", control.Unit).Put("minimum", (double?)control.Minimum)
                .Put("maximum", (double?)control.Maximum).Put("default", (double?)control.Default);
        }

        private static Json Of(Ended ended)
        {
            return new Json().Put("type", "ended").Put("voice", ended.Voice).Put("emitter", ended.Emitter)
                .Put("event", ended.Event).Put("engine", ended.Engine).Put("reason", ended.Reason).Put("re", ended.Re)
                .Put("at", ended.At).Put("received_ns", ended.ReceivedNs).Put("onset", ended.Onset)
                .Put("onset_ns", ended.OnsetNs).Put("underrun_frames", ended.UnderrunFrames);
        }

        private static Json Of(Refusal refusal)
        {
            return new Json().Put("type", "error").Put("code", refusal.Code).Put("path", refusal.Path)
                .Put("problem", refusal.Problem).Put("cure", refusal.Cure).Put("re", refusal.Re)
                .Put("count", refusal.Count);
        }
    }
}
