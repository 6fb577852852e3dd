"""You will hear (in walk.wav) a walk from gravel onto wood past a rolling barrel: a timeline, with stems and levels."""

from pathlib import Path

from hobnail import Contact, EmitterSettings
from hobnail.render import Curve, Timeline, TimelineEvent, render


def main() -> None:
    steps = tuple(
        TimelineEvent(
            at_s=0.3 + 0.55 * number,
            emitter="boots",
            name="footstep",
            contact=Contact(material="gravel" if number < 4 else "wood", speed_m_s=1.4),
        )
        for number in range(8)
    )
    barrel = (
        TimelineEvent(at_s=0.5, emitter="barrel", name="roll", action="start", contact=Contact(material="stone")),
        TimelineEvent(at_s=4.0, emitter="barrel", name="roll", action="stop"),
    )
    walk = Timeline(
        duration_s=5.0,
        emitters={
            "boots": EmitterSettings(prompt="leather boots", pan=-0.3),
            "barrel": EmitterSettings(material="wood"),
        },
        events=steps + barrel,
        curves=(Curve(emitter="barrel", feature="speed_m_s", points=((0.5, 0.5), (2.5, 3.0), (4.0, 0.5))),),
    )
    done = render(walk, "walk.wav", stems=True, attributes=Path("walk.json"))
    print(", ".join(path.name for path in done.files), f"{done.real_time_factor:.0f} times real time")


if __name__ == "__main__":
    main()
