// A client's CURVE keys, for servers that listen beyond their own machine.
using System.IO;

namespace Hobnail
{
    /// <summary>Z85 texts of 40 characters.</summary>
    public sealed class ClientKeys
    {
        private const int Z85 = 40;
        public string ServerPublic, OwnPublic, OwnSecret;

        /// <summary>Reads server.key and NAME.key_secret as `hobnail serve --make-keys` wrote them.</summary>
        public static ClientKeys Load(string serverFile, string ownFile)
        {
            return new ClientKeys
            {
                ServerPublic = Entry(serverFile, "public-key"),
                OwnPublic = Entry(ownFile, "public-key"),
                OwnSecret = Entry(ownFile, "secret-key"),
            };
        }

        private static string Entry(string path, string name)
        {
            string text = File.ReadAllText(path), mark = name + " = \"";
            int first = text.IndexOf(mark, System.StringComparison.Ordinal) + mark.Length;
            if (first < mark.Length || text.Length <= first + Z85 || text[first + Z85] != '"')
            {
                throw new HobnailException(path + " holds no " + name + " of 40 characters. Name a file that --make-keys wrote.");
            }
            return text.Substring(first, Z85);
        }
    }
}
