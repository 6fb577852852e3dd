// What a client of protocol 1 can say. docs/protocol.md is the reference; units and axes are the client's own.
using System.Collections.Generic;

namespace Hobnail
{
    /// <summary>One message to the server; what is null stays out, for the server has the defaults.</summary>
    public abstract class ClientMessage
    {
        /// <summary>Session frame at which it takes effect; null: at once.</summary>
        public long? At;

        internal abstract string Type { get; }
        internal abstract void WriteFields(MessagePackWriter to);

        /// <summary>Writes it as one ZeroMQ frame. `id` asks for an answer, `seq` counts.</summary>
        public void Write(MessagePackWriter to, long? id = null, long? seq = null)
        {
            to.Clear();
            to.BeginMap();
            to.Key("type").Text(Type);
            to.Key("v").Integer(Protocol.Version);
            Fields.Put(to, "id", id);
            Fields.Put(to, "seq", seq);
            Fields.Put(to, "at", At);
            WriteFields(to);
            to.EndMap();
        }

        /// <summary>The same as bytes of their own.</summary>
        public byte[] ToBytes(long? id = null, long? seq = null)
        {
            var writer = new MessagePackWriter();
            Write(writer, id, seq);
            return writer.ToArray();
        }
    }

    public static class Protocol
    {
        public const int Version = 1;
    }

    /// <summary>A point or a direction in the client's own axes.</summary>
    public struct Vector
    {
        public readonly double X, Y, Z;

        public Vector(double x, double y, double z)
        {
            X = x;
            Y = y;
            Z = z;
        }
    }

    internal static class Fields
    {
        internal static void Put(MessagePackWriter to, string key, string value)
        {
            if (value != null) { to.Key(key).Text(value); }
        }

        internal static void Put(MessagePackWriter to, string key, double? value)
        {
            if (value.HasValue) { to.Key(key).Number(value.Value); }
        }

        internal static void Put(MessagePackWriter to, string key, long? value)
        {
            if (value.HasValue) { to.Key(key).Integer(value.Value); }
        }

        internal static void Put(MessagePackWriter to, string key, Vector? value)
        {
            if (!value.HasValue) { return; }
            to.Key(key).List(3);
            to.Number(value.Value.X);
            to.Number(value.Value.Y);
            to.Number(value.Value.Z);
        }

        internal static void Put(MessagePackWriter to, string key, Dictionary<string, double> values)
        {
            if (values == null || values.Count == 0) { return; }
            to.Key(key).BeginMap();
            foreach (var pair in values) { to.Key(pair.Key).Number(pair.Value); }
            to.EndMap();
        }
    }
}
