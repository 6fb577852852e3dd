// Just enough JSON for a probe to say what it saw.
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Probe
{
    internal sealed class Json
    {
        private readonly StringBuilder fields = new StringBuilder();

        public Json Put(string key, string value) { return value == null ? this : Raw(key, Quoted(value)); }
        public Json Put(string key, bool value) { return Raw(key, value ? "true" : "false"); }
        public Json Put(string key, Json value) { return Raw(key, value.ToString()); }

        public Json Put(string key, long? value)
        {
            return value.HasValue ? Raw(key, value.Value.ToString(CultureInfo.InvariantCulture)) : this;
        }

        public Json Put(string key, double? value)
        {
            return value.HasValue ? Raw(key, value.Value.ToString("R", CultureInfo.InvariantCulture)) : this;
        }

        public Json Put(string key, IEnumerable<Json> items) { return Raw(key, "[" + string.Join(", ", items) + "]"); }

        public Json Put(string key, List<string> items)
        {
            return Raw(key, "[" + string.Join(", ", items.ConvertAll(Quoted)) + "]");
        }

        public override string ToString() { return "{" + fields + "}"; }

        private Json Raw(string key, string value)
        {
            fields.Append(fields.Length > 0 ? ", " : "").Append(Quoted(key)).Append(": ").Append(value);
            return this;
        }

        private static string Quoted(string text)
        {
            return "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
        }
    }
}
