// Reads MessagePack that came over the wire, and believes nothing of it.
using System;
using System.Collections.Generic;
using System.Text;

namespace Hobnail
{
    /// <summary>Bytes that are no message of protocol 1. Caught where bytes come in.</summary>
    public sealed class MisreadException : Exception
    {
        public MisreadException(string problem) : base(problem) { }
    }

    /// <summary>A key within the bytes, so that it can be compared without making a string of it.</summary>
    public struct Key
    {
        internal byte[] Data;
        internal int Start, Length;

        public bool Is(string ascii)
        {
            if (ascii.Length != Length) { return false; }
            for (int at = 0; at < Length; at++)
            {
                if (Data[Start + at] != ascii[at]) { return false; }
            }
            return true;
        }
    }

    /// <summary>A position in bytes. Every method reads one value and throws MisreadException when it is another.</summary>
    public struct MessagePackReader
    {
        private const int DeepestNesting = 16;
        private static readonly UTF8Encoding Utf8 = new UTF8Encoding(false, true);
        private readonly byte[] data;
        private readonly int end;
        private int at;

        public MessagePackReader(byte[] data, int start, int length)
        {
            this.data = data;
            at = start;
            end = start + length;
        }

        public bool AtEnd { get { return at == end; } }

        /// <summary>How many pairs follow.</summary>
        public int Map()
        {
            int mark = Byte();
            if ((mark & 0xf0) == 0x80) { return mark & 0x0f; }
            return Items(mark == 0xde ? Big(2) : mark == 0xdf ? Big(4) : Wrong("a map"), 2);
        }

        /// <summary>How many items follow.</summary>
        public int List()
        {
            int mark = Byte();
            if ((mark & 0xf0) == 0x90) { return mark & 0x0f; }
            return Items(mark == 0xdc ? Big(2) : mark == 0xdd ? Big(4) : Wrong("a list"), 1);
        }

        public Key Key()
        {
            int length = TextLength();
            var key = new Key { Data = data, Start = Take(length), Length = length };
            return key;
        }

        public string Text()
        {
            int length = TextLength();
            int start = Take(length);
            try { return Utf8.GetString(data, start, length); }
            catch (ArgumentException) { throw new MisreadException("expected UTF-8"); }
        }

        public long Integer()
        {
            int mark = Byte();
            if (mark < 0x80) { return mark; }
            if (mark >= 0xe0) { return (sbyte)mark; }
            switch (mark)
            {
                case 0xcc: return (long)Big(1);
                case 0xcd: return (long)Big(2);
                case 0xce: return (long)Big(4);
                case 0xcf:
                    ulong value = Big(8);
                    return value <= long.MaxValue ? (long)value : (long)Wrong("an integer of 63 bits");
                case 0xd0: return (sbyte)Big(1);
                case 0xd1: return (short)Big(2);
                case 0xd2: return (int)Big(4);
                case 0xd3: return (long)Big(8);
                default: return (long)Wrong("an integer");
            }
        }

        public double Number()
        {
            int mark = at < end ? data[at] : 0;
            if (mark == 0xcb) { at++; return BitConverter.Int64BitsToDouble((long)Big(8)); }
            if (mark != 0xca) { return Integer(); }
            at++;
            return BitConverter.ToSingle(BitConverter.GetBytes((uint)Big(4)), 0);
        }

        /// <summary>Passes over a value that nobody asked for: a newer server may say more.</summary>
        public void Skip() { Skip(0); }

        public bool SkipNil()
        {
            bool nil = at < end && data[at] == 0xc0;
            if (nil) { at++; }
            return nil;
        }

        public List<string> Texts()
        {
            var texts = new List<string>();
            for (int left = List(); left > 0; left--) { texts.Add(Text()); }
            return texts;
        }

        private void Skip(int depth)
        {
            if (depth > DeepestNesting) { Wrong("less nesting"); }
            int mark = Byte();
            if (mark < 0x80 || mark >= 0xe0 || mark == 0xc0 || mark == 0xc2 || mark == 0xc3) { return; }
            if (mark < 0x90) { SkipItems(2 * (mark & 0x0f), depth); }
            else if (mark < 0xa0) { SkipItems(mark & 0x0f, depth); }
            else if (mark < 0xc0) { Take(mark & 0x1f); }
            else if (mark >= 0xc4 && mark <= 0xc6) { Take(Length(Big(1 << (mark - 0xc4)))); }
            else if (mark >= 0xca && mark <= 0xcb) { Take(4 << (mark - 0xca)); }
            else if (mark >= 0xcc && mark <= 0xcf) { Take(1 << (mark - 0xcc)); }
            else if (mark >= 0xd0 && mark <= 0xd3) { Take(1 << (mark - 0xd0)); }
            else if (mark >= 0xd9 && mark <= 0xdb) { Take(Length(Big(1 << (mark - 0xd9)))); }
            else if (mark == 0xdc || mark == 0xdd) { SkipItems(Items(Big(2 << (mark - 0xdc)), 1), depth); }
            else if (mark == 0xde || mark == 0xdf) { SkipItems(2 * Items(Big(2 << (mark - 0xde)), 2), depth); }
            else { Wrong("no extension types"); }
        }

        private void SkipItems(int count, int depth)
        {
            for (; count > 0; count--) { Skip(depth + 1); }
        }

        private int TextLength()
        {
            int mark = Byte();
            if ((mark & 0xe0) == 0xa0) { return mark & 0x1f; }
            return Length(mark >= 0xd9 && mark <= 0xdb ? Big(1 << (mark - 0xd9)) : Wrong("a text"));
        }

        private int Byte() { return data[Take(1)]; }

        private ulong Big(int size)
        {
            ulong value = 0;
            for (int from = Take(size), to = from + size; from < to; from++) { value = value << 8 | data[from]; }
            return value;
        }

        private int Take(int count)
        {
            if (count < 0 || count > end - at) { throw new MisreadException("expected more bytes"); }
            at += count;
            return at - count;
        }

        private int Length(ulong length) { return length <= (ulong)(end - at) ? (int)length : (int)Wrong("more bytes"); }

        private int Items(ulong count, ulong each)  // each takes a byte at least
        {
            return count * each <= (ulong)(end - at) ? (int)count : (int)Wrong("more bytes");
        }

        private static ulong Wrong(string expected) { throw new MisreadException("expected " + expected); }
    }
}
