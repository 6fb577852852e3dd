// The parts of UnityEngine and UnityEditor that the components use, declared by hand after Unity's manual, so that the
// components can be compiled where there is no Unity. Nothing here does anything; nothing is run against it.
using System;

namespace UnityEngine
{
    public class Object
    {
        public string name;
        public int GetInstanceID() { return 0; }
        public static bool operator ==(Object a, Object b) { return ReferenceEquals(a, b); }
        public static bool operator !=(Object a, Object b) { return !ReferenceEquals(a, b); }
        public override bool Equals(object other) { return ReferenceEquals(this, other); }
        public override int GetHashCode() { return 0; }
    }

    public class Component : Object
    {
        public Transform transform { get { return null; } }
        public GameObject gameObject { get { return null; } }
        public T GetComponent<T>() { return default(T); }
        public T GetComponentInParent<T>() { return default(T); }
    }

    public class Behaviour : Component { public bool enabled { get; set; } }
    public class MonoBehaviour : Behaviour { }
    public class Collider : Component { }
    public class Camera : Behaviour { public static Camera main { get { return null; } } }

    public class Transform : Component
    {
        public Vector3 position { get; set; }
        public Vector3 localScale { get; set; }
        public Vector3 forward { get { return Vector3.zero; } }
        public Vector3 up { get { return Vector3.zero; } }
    }

    public sealed class GameObject : Object
    {
        public Transform transform { get { return null; } }
        public T AddComponent<T>() where T : Component { return null; }
        public void SetActive(bool active) { }
        public static GameObject CreatePrimitive(PrimitiveType type) { return null; }
    }

    public enum PrimitiveType { Sphere, Cube }
    public enum ForceMode { VelocityChange }
    public enum KeyCode { Space }

    public class Rigidbody : Component
    {
        public float mass { get; set; }
        public Vector3 velocity { get; set; }
        public void AddForce(Vector3 force, ForceMode mode) { }
    }

    public class Collision
    {
        public Collider collider { get { return null; } }
        public Vector3 relativeVelocity { get { return Vector3.zero; } }
        public Vector3 impulse { get { return Vector3.zero; } }
    }

    public struct Vector3
    {
        public float x, y, z;
        public Vector3(float x, float y, float z) { this.x = x; this.y = y; this.z = z; }
        public static Vector3 zero { get { return new Vector3(); } }
        public static Vector3 one { get { return new Vector3(1, 1, 1); } }
        public float magnitude { get { return 0; } }
        public static Vector3 operator -(Vector3 a, Vector3 b) { return a; }
        public static Vector3 operator *(float a, Vector3 b) { return b; }
    }

    public sealed class AudioSource : Behaviour
    {
        public AudioClip clip { get; set; }
        public bool loop { get; set; }
        public float spatialBlend { get; set; }
        public float dopplerLevel { get; set; }
        public void Play() { }
    }

    public sealed class AudioClip : Object
    {
        public static AudioClip Create(string name, int samples, int channels, int rate, bool stream) { return null; }
        public bool SetData(float[] data, int offset) { return true; }
    }

    public static class AudioSettings
    {
        public static int outputSampleRate { get { return 48000; } }
        public static void GetDSPBufferSize(out int length, out int count) { length = count = 0; }
    }

    public static class Application { public static bool runInBackground { get; set; } }
    public static class Time { public static float deltaTime { get { return 0; } } }
    public static class Mathf { public static float Max(float a, float b) { return a; } }
    public static class Input { public static bool GetKeyDown(KeyCode key) { return false; } }

    public static class Debug
    {
        public static void Log(object message, Object context) { }
        public static void LogWarning(object message, Object context) { }
        public static void LogError(object message, Object context) { }
    }

    public sealed class AddComponentMenu : Attribute { public AddComponentMenu(string path) { } }
    public sealed class DefaultExecutionOrder : Attribute { public DefaultExecutionOrder(int order) { } }
    public sealed class TooltipAttribute : Attribute { public TooltipAttribute(string text) { } }
    public sealed class RangeAttribute : Attribute { public RangeAttribute(float low, float high) { } }
    public sealed class RequireComponent : Attribute { public RequireComponent(Type type) { } }
}

namespace UnityEditor
{
    public sealed class InitializeOnLoadAttribute : Attribute { }

    public static class AssemblyReloadEvents { public static event Action beforeAssemblyReload { add { } remove { } } }

    public enum PlayModeStateChange { EnteredEditMode }

    public static class EditorApplication
    {
        public static event Action quitting { add { } remove { } }
        public static event Action<PlayModeStateChange> playModeStateChanged { add { } remove { } }
    }
}
