// The few functions of libzmq that the client needs. Numbers are those of zmq.h.
using System;
using System.Runtime.InteropServices;

namespace Hobnail
{
    internal static class NativeZmq
    {
#if UNITY_IOS && !UNITY_EDITOR
        private const string Library = "__Internal";
#else
        private const string Library = "libzmq";  // libzmq.dll, libzmq.so, libzmq.dylib in the project's Plugins
#endif
        internal const int Pair = 0, Sub = 2, Dealer = 5;
        internal const int RoutingId = 5, Subscribe = 6, Unsubscribe = 7, RcvMore = 13, Fd = 14, Events = 15, Linger = 17;
        internal const int ReconnectIvl = 18, ReconnectIvlMax = 21, SndHwm = 23, RcvHwm = 24, RcvTimeo = 27, Immediate = 39;
        internal const int Ipv6 = 42, CurvePublicKey = 48, CurveSecretKey = 49, CurveServerKey = 50;
        internal const int HeartbeatIvl = 75, HeartbeatTimeout = 77;
        internal const int DontWait = 1, PollIn = 1;

        [DllImport(Library)] internal static extern IntPtr zmq_ctx_new();
        [DllImport(Library)] internal static extern int zmq_ctx_shutdown(IntPtr context);
        [DllImport(Library)] internal static extern int zmq_ctx_term(IntPtr context);
        [DllImport(Library)] internal static extern IntPtr zmq_socket(IntPtr context, int type);
        [DllImport(Library)] internal static extern int zmq_close(IntPtr socket);
        [DllImport(Library)] internal static extern int zmq_bind(IntPtr socket, byte[] address);
        [DllImport(Library)] internal static extern int zmq_connect(IntPtr socket, byte[] address);
        [DllImport(Library)] internal static extern int zmq_send(IntPtr socket, byte[] data, UIntPtr length, int flags);
        [DllImport(Library)] internal static extern int zmq_msg_init(IntPtr message);
        [DllImport(Library)] internal static extern int zmq_msg_recv(IntPtr message, IntPtr socket, int flags);
        [DllImport(Library)] internal static extern IntPtr zmq_msg_data(IntPtr message);
        [DllImport(Library)] internal static extern UIntPtr zmq_msg_size(IntPtr message);
        [DllImport(Library)] internal static extern int zmq_msg_close(IntPtr message);
        [DllImport(Library)] internal static extern int zmq_poll(IntPtr items, int count, IntPtr timeoutMs);
        [DllImport(Library)] internal static extern int zmq_errno();

        [DllImport(Library)]
        internal static extern int zmq_setsockopt(IntPtr socket, int option, byte[] value, UIntPtr length);

        [DllImport(Library)]
        internal static extern int zmq_getsockopt(IntPtr socket, int option, ref long value, ref UIntPtr length);
    }
}
