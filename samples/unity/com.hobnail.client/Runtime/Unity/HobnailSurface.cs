// What a thing is made of, for those that strike it, walk on it or roll over it.
using UnityEngine;

namespace Hobnail
{
    [AddComponentMenu("Hobnail/Hobnail Surface")]
    public sealed class HobnailSurface : MonoBehaviour
    {
        [Tooltip("One of the engine's words: stone, gravel, wood, metal, snow ...")]
        public string material = "stone";
    }
}
