// Writes MessagePack into one buffer that is kept, without reflection: nothing for IL2CPP to strip or to miss.
using System;
using System.Text;

namespace Hobnail
{
    /// <summary>A MessagePack map being written. Not for several threads at once.</summary>
    public sealed class MessagePackWriter
    {
        private const int DeepestMap = 8;
        private readonly int[] starts = new int[DeepestMap];
        private readonly int[] counts = new int[DeepestMap];
        private byte[] buffer = new byte[1024];
        private int depth;

        /// <summary>The bytes; those from Length on mean nothing.</summary>
        public byte[] Buffer { get { return buffer; } }

        /// <summary>How many bytes were written.</summary>
        public int Length { get; private set; }

        /// <summary>Starts anew.</summary>
        public void Clear()
        {
            Length = 0;
            depth = 0;
        }

        /// <summary>A copy of what was written.</summary>
        public byte[] ToArray()
        {
            var copy = new byte[Length];
            Array.Copy(buffer, copy, Length);
            return copy;
        }

        /// <summary>Begins a map, whose size is known only at its end.</summary>
        public void BeginMap()
        {
            starts[depth] = Length;
            counts[depth++] = 0;
            Head(0xde, 2, 0);
        }

        public void EndMap()
        {
            depth--;
            int start = starts[depth], count = counts[depth];
            buffer[start + 1] = (byte)(count >> 8);
            buffer[start + 2] = (byte)count;
        }

        /// <summary>A key of the map that was begun last; its value must follow.</summary>
        public MessagePackWriter Key(string key)
        {
            counts[depth - 1]++;
            Text(key);
            return this;
        }

        public void Text(string text)
        {
            int bytes = Encoding.UTF8.GetByteCount(text);
            if (bytes < 32) { Room(1)[Length++] = (byte)(0xa0 | bytes); }
            else if (bytes < 256) { Head(0xd9, 1, (ulong)bytes); }
            else if (bytes < 65536) { Head(0xda, 2, (ulong)bytes); }
            else { Head(0xdb, 4, (ulong)bytes); }
            Room(bytes);
            Length += Encoding.UTF8.GetBytes(text, 0, text.Length, buffer, Length);
        }

        public void Integer(long value)
        {
            if (value >= -32 && value < 128) { Room(1)[Length++] = (byte)value; }
            else if (value >= 0 && value <= uint.MaxValue) { Head(0xce, 4, (ulong)value); }
            else { Head(0xd3, 8, (ulong)value); }
        }

        public void Number(double value) { Head(0xcb, 8, (ulong)BitConverter.DoubleToInt64Bits(value)); }

        public void Truth(bool value) { Room(1)[Length++] = (byte)(value ? 0xc3 : 0xc2); }

        public void Nil() { Room(1)[Length++] = 0xc0; }

        /// <summary>The head of a list; its items must follow.</summary>
        public void List(int count)
        {
            if (count < 16) { Room(1)[Length++] = (byte)(0x90 | count); }
            else { Head(0xdc, 2, (ulong)count); }
        }

        /// <summary>Float 32, little-endian, as binary data.</summary>
        public void Floats(float[] values, int count)
        {
            int bytes = 4 * count;
            Head(0xc6, 4, (ulong)bytes);
            System.Buffer.BlockCopy(values, 0, Room(bytes), Length, bytes);  // every host of Unity is little-endian
            Length += bytes;
        }

        private void Head(byte mark, int size, ulong value)
        {
            Room(1 + size)[Length++] = mark;
            for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) { buffer[Length++] = (byte)(value >> shift); }
        }

        private byte[] Room(int bytes)
        {
            if (Length + bytes > buffer.Length) { Array.Resize(ref buffer, Math.Max(2 * buffer.Length, Length + bytes)); }
            return buffer;
        }
    }
}
