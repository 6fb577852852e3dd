// What a server of protocol 1 says. docs/protocol.md is the reference.
using System.Collections.Generic;

namespace Hobnail
{
    public abstract class ServerMessage
    {
    }

    /// <summary>What a program gets to read: Ack, Ended, Refusal.</summary>
    public abstract class Reply : ServerMessage
    {
        public long? Re;  // `id` of the message that it answers
        public long? At;  // session frame
    }

    public sealed class EventInfo
    {
        public string Name, Kind;  // Kind: "one_shot" is triggered, "sustained" started and stopped
    }

    public sealed class EngineInfo
    {
        public string Id;
        public List<EventInfo> Events = new List<EventInfo>();
        public List<string> Materials = new List<string>(), Controls = new List<string>();
    }

    public sealed class ControlInfo
    {
        public string Id, Unit;
        public double Minimum, Maximum, Default;
    }

    /// <summary>Frames between an event on the wire and its first sample in the server's mix, by cause.</summary>
    public struct SessionLatency
    {
        public long BufferFrames, ModelFrames, TransportFrames;
        public long DeviceFrames;  // the server's own sound card: not on the way to Unity's mixer
    }

    /// <summary>The session's latency is no longer what the welcome said; the client puts it there.</summary>
    public sealed class LatencyNews : ServerMessage
    {
        public SessionLatency Latency;
    }

    public sealed class Welcome : ServerMessage
    {
        public string Client, Engine, Version;
        public long Frame, Rate, Hop, AudioPort, TelemetryPort;
        public SessionLatency Latency;
        public double HeartbeatS = 1.0, TimeoutS = 3.0;
        public List<EngineInfo> Engines = new List<EngineInfo>();
        public List<ControlInfo> Controls = new List<ControlInfo>();
        public List<string> Buses = new List<string>();
    }

    public sealed class Pong : ServerMessage
    {
        public long T, Frame, Ns;
    }

    /// <summary>A message was taken; an event's tells its voice.</summary>
    public sealed class Ack : Reply
    {
        public long? Voice;
    }

    /// <summary>A voice is over.</summary>
    public sealed class Ended : Reply
    {
        public long Voice, UnderrunFrames;
        public string Emitter, Event, Engine, Reason;
        public long? ReceivedNs, Onset, OnsetNs;
    }

    /// <summary>A message was refused: why, where in it, and the cure. Count stands for so many alike.</summary>
    public sealed class Refusal : Reply
    {
        public string Code, Path, Problem, Cure = "";
        public long Count = 1;

        public override string ToString() { return Problem + " (" + Code + " at " + Path + ") " + Cure; }
    }
}
