// The ears, for servers that pan and attenuate themselves. Put it on the camera, beside the AudioListener.
using UnityEngine;

namespace Hobnail
{
    [AddComponentMenu("Hobnail/Hobnail Listener")]
    public sealed class HobnailListener : MonoBehaviour
    {
        private readonly ListenerMessage message = new ListenerMessage();

        private void LateUpdate()
        {
            HobnailSession session = HobnailSession.Current;
            if (session == null || session.Client == null) { return; }
            message.Position = Plain(transform.position);
            message.Forward = Plain(transform.forward);
            message.Up = Plain(transform.up);
            session.Client.Tell(message);
        }

        private static Vector Plain(Vector3 from) { return new Vector(from.x, from.y, from.z); }
    }
}
