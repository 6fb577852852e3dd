// Builds a small courtyard when it starts: three floors, a wooden ball that falls, bounces and rolls over them.
// Put it on an empty object of an empty scene and press Play. Space kicks the ball.
using UnityEngine;

namespace Hobnail
{
    public sealed class CourtyardScene : MonoBehaviour
    {
        private Rigidbody ball;
        private HobnailEmitter sound;
        private bool rolling;

        private void Start()
        {
            gameObject.AddComponent<HobnailSession>();
            Floor("stone", new Vector3(-4.0f, 0.0f, 0.0f));
            Floor("wood", Vector3.zero);
            Floor("metal", new Vector3(4.0f, 0.0f, 0.0f));
            GameObject thing = GameObject.CreatePrimitive(PrimitiveType.Sphere);
            thing.name = "ball";
            thing.transform.position = new Vector3(-4.0f, 3.0f, 0.0f);
            thing.transform.localScale = 0.3f * Vector3.one;
            ball = thing.AddComponent<Rigidbody>();
            ball.mass = 2.0f;
            ball.velocity = new Vector3(1.5f, 0.0f, 0.0f);
            var source = thing.AddComponent<AudioSource>();
            source.spatialBlend = 1.0f;
            thing.SetActive(false);  // so that the emitter awakes with its settings
            sound = thing.AddComponent<HobnailEmitter>();
            sound.prompt = "a wooden ball";
            sound.material = "wood";
            sound.mass = 2.0f;
            sound.size = 0.3f;
            thing.SetActive(true);
            if (Camera.main != null) { Camera.main.gameObject.AddComponent<HobnailListener>(); }
        }

        private void Update()
        {
            if (Input.GetKeyDown(KeyCode.Space)) { ball.AddForce(new Vector3(3.0f, 4.0f, 0.0f), ForceMode.VelocityChange); }
            float speed = ball.velocity.magnitude;
            if (!rolling && speed > 0.2f) { rolling = sound.StartSound("roll", "wood"); }
            else if (rolling && speed < 0.05f) { rolling = !sound.StopSound("roll"); }
        }

        private static void Floor(string material, Vector3 at)
        {
            GameObject floor = GameObject.CreatePrimitive(PrimitiveType.Cube);
            floor.name = material;
            floor.transform.position = at;
            floor.transform.localScale = new Vector3(4.0f, 0.2f, 4.0f);
            floor.AddComponent<HobnailSurface>().material = material;
        }
    }
}
