// Does what it is told, a line at a time, and answers each with a line of JSON. The tests drive it.
using System;
using Hobnail;

namespace Probe
{
    internal static class Program
    {
        private static int Main()
        {
            Live live = null;
            for (string line = Console.In.ReadLine(); line != null; line = Console.In.ReadLine())
            {
                string[] words = line.Split(' ');
                Json said;
                try
                {
                    said = Pure(words, line);
                    if (said == null)
                    {
                        live = live ?? new Live();
                        said = live.Step(words);
                    }
                }
                catch (Exception error)
                {
                    said = new Json().Put("failed", error.ToString().Replace("\n", " | "));
                }
                Console.Out.WriteLine(said);
                Console.Out.Flush();
            }
            if (live != null) { live.End(); }
            return 0;
        }

        private static Json Pure(string[] words, string line)
        {
            switch (words[0])
            {
                case "pack":
                    byte[] packed = Vectors.Pack(line.Substring("pack ".Length));
                    return packed == null ? new Json().Put("unknown", line) : new Json().Put("hex", Vectors.Hex(packed));
                case "unpack":
                    byte[] bytes = Vectors.Unhex(words.Length > 1 ? words[1] : "");
                    ServerMessage message = MessageDecoder.Decode(bytes, bytes.Length);
                    return message == null ? new Json().Put("refused", true) : new Json().Put("message", Shown.Of(message));
                case "mangle":
                    return new Json().Put("understood", Vectors.Mangle(Vectors.Unhex(words[3]), int.Parse(words[2]), int.Parse(words[1])));
                case "units":
                    Units.CheckAll();
                    return new Json().Put("passed", true);
                default:
                    return null;
            }
        }
    }
}
