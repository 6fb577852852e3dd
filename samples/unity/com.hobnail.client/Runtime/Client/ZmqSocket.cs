// A ZeroMQ socket. Not for two threads at once; it may move between threads under a lock.
using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Hobnail
{
    /// <summary>What the client cannot do, and what would cure it.</summary>
    public sealed class HobnailException : Exception
    {
        public HobnailException(string problem) : base(problem) { }
    }

    internal sealed class ZmqSocket
    {
        private const int MessageSize = 64;  // sizeof(zmq_msg_t)
        private readonly IntPtr handle;
        private readonly IntPtr message = Marshal.AllocHGlobal(MessageSize);
        private bool closed;

        internal ZmqSocket(IntPtr context, int type)
        {
            handle = NativeZmq.zmq_socket(context, type);
            if (handle == IntPtr.Zero)
            {
                Marshal.FreeHGlobal(message);
                throw new HobnailException("ZeroMQ gives no socket (error " + NativeZmq.zmq_errno() + ").");
            }
        }

        internal IntPtr Handle { get { return handle; } }

        /// <summary>The bytes of the last message received; those from the length on mean nothing.</summary>
        internal byte[] Received { get; private set; } = new byte[4096];

        internal void Set(int option, int value) { Set(option, BitConverter.GetBytes(value)); }

        internal void Set(int option, string text) { Set(option, Encoding.UTF8.GetBytes(text)); }

        internal long Get(int option, int size)
        {
            long value = 0;  // every host of Unity is little-endian
            var length = (UIntPtr)size;
            NativeZmq.zmq_getsockopt(handle, option, ref value, ref length);
            return value;
        }

        /// <summary>Options that both the talking and the listening socket have; before it connects.</summary>
        internal void SetCommonOptions(ClientKeys keys)
        {
            Set(NativeZmq.Linger, 0);
            Set(NativeZmq.HeartbeatIvl, 1000);
            Set(NativeZmq.HeartbeatTimeout, 3000);
            Set(NativeZmq.ReconnectIvl, 100);
            Set(NativeZmq.ReconnectIvlMax, 1000);
            Set(NativeZmq.Ipv6, 1);
            if (keys == null) { return; }
            Set(NativeZmq.CurveServerKey, keys.ServerPublic + "\0");
            Set(NativeZmq.CurvePublicKey, keys.OwnPublic + "\0");
            Set(NativeZmq.CurveSecretKey, keys.OwnSecret + "\0");
        }

        internal void Connect(string address) { Check(NativeZmq.zmq_connect(handle, Zero(address)), "connect to " + address); }

        internal void Bind(string address) { Check(NativeZmq.zmq_bind(handle, Zero(address)), "bind " + address); }

        /// <summary>Without waiting; false when the queue is full or nobody is there.</summary>
        internal bool Send(byte[] data, int length)
        {
            return NativeZmq.zmq_send(handle, data, (UIntPtr)(uint)length, NativeZmq.DontWait) >= 0;
        }

        /// <summary>The length of the frame that is then in Received, or -1 when there is none.</summary>
        internal int Receive(int flags)
        {
            NativeZmq.zmq_msg_init(message);
            if (NativeZmq.zmq_msg_recv(message, handle, flags) < 0)
            {
                NativeZmq.zmq_msg_close(message);
                return -1;
            }
            int length = (int)(uint)NativeZmq.zmq_msg_size(message);
            if (length > Received.Length) { Received = new byte[Math.Max(length, 2 * Received.Length)]; }
            if (length > 0) { Marshal.Copy(NativeZmq.zmq_msg_data(message), Received, 0, length); }
            NativeZmq.zmq_msg_close(message);
            return length;
        }

        /// <summary>Whether the frame received last has another one behind it.</summary>
        internal bool More { get { return Get(NativeZmq.RcvMore, 4) != 0; } }

        internal void Close()
        {
            if (closed) { return; }
            closed = true;
            NativeZmq.zmq_close(handle);
            Marshal.FreeHGlobal(message);
        }

        private void Set(int option, byte[] value)
        {
            Check(NativeZmq.zmq_setsockopt(handle, option, value, (UIntPtr)(uint)value.Length), "set option " + option);
        }

        private static byte[] Zero(string text) { return Encoding.UTF8.GetBytes(text + "\0"); }

        private static void Check(int result, string what)
        {
            if (result < 0)
            {
                throw new HobnailException("Cannot " + what + " (ZeroMQ error " + NativeZmq.zmq_errno()
                    + "). Use an address like tcp://127.0.0.1:9710.");
            }
        }
    }
}
