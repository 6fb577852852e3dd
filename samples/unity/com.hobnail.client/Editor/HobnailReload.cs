// Ends all connections before the editor throws the scripts away: a thread left in native code would freeze it.
using UnityEditor;

namespace Hobnail
{
    [InitializeOnLoad]
    internal static class HobnailReload
    {
        static HobnailReload()
        {
            AssemblyReloadEvents.beforeAssemblyReload += DisposeAll;
            EditorApplication.quitting += DisposeAll;
            EditorApplication.playModeStateChanged += state =>
            {
                if (state == PlayModeStateChange.EnteredEditMode) { DisposeAll(); }  // also without a domain reload
            };
        }

        private static void DisposeAll()
        {
            HobnailClient.DisposeAll();
            AudioReceiver.DisposeAll();
        }
    }
}
