// Sleeps on a file descriptor and a socket at once, by zmq_poll.
using System;
using System.Runtime.InteropServices;

namespace Hobnail
{
    /// <summary>Two zmq_pollitem_t, laid out by hand: a descriptor has 4 bytes, but on 64-bit Windows 8.</summary>
    internal sealed class SocketPoll
    {
        private static readonly bool Windows = Environment.OSVersion.Platform == PlatformID.Win32NT;
        private static readonly int FdSize = Windows ? IntPtr.Size : 4;
        private readonly int itemSize;
        private readonly IntPtr items;

        internal SocketPoll(ZmqSocket watched, ZmqSocket wake)
        {
            int used = IntPtr.Size + FdSize + 4;
            itemSize = (used + IntPtr.Size - 1) / IntPtr.Size * IntPtr.Size;
            items = Marshal.AllocHGlobal(2 * itemSize);
            Fill(0, IntPtr.Zero, watched.Get(NativeZmq.Fd, FdSize));
            Fill(itemSize, wake.Handle, 0);
        }

        /// <summary>Until one can be read, or the time is up.</summary>
        internal void Wait(long timeoutMs) { NativeZmq.zmq_poll(items, 2, (IntPtr)timeoutMs); }

        internal void Free() { Marshal.FreeHGlobal(items); }

        private void Fill(int at, IntPtr socket, long descriptor)
        {
            Marshal.WriteIntPtr(items, at, socket);
            at += IntPtr.Size;
            if (FdSize == 8) { Marshal.WriteInt64(items, at, descriptor); }
            else { Marshal.WriteInt32(items, at, (int)descriptor); }
            at += FdSize;
            Marshal.WriteInt16(items, at, NativeZmq.PollIn);
            Marshal.WriteInt16(items, at + 2, 0);
        }
    }
}
