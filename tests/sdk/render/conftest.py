"""What the tests of rendering share: a host, and small timelines."""

import pytest

from hobnail import Contact, EmitterSettings, Host
from hobnail.render import Timeline, TimelineEvent


@pytest.fixture(scope="session")
def host():
    return Host.discovered()


@pytest.fixture(scope="session")
def steps():
    """Four events of two emitters in 1.5 s."""
    gravel = Contact(material="gravel", speed_m_s=1.4)
    wood = Contact(material="wood", speed_m_s=1.0)
    return Timeline(
        title="Steps",
        duration_s=1.5,
        emitters={
            "boots": EmitterSettings(prompt="leather boots", pan=-0.5),
            "crate": EmitterSettings(material="wood", position_m=(2.0, 0.0, -2.0)),
        },
        events=(
            TimelineEvent(at_s=0.1, emitter="boots", name="footstep", contact=gravel),
            TimelineEvent(at=23_457, emitter="crate", name="impact", contact=wood),
            TimelineEvent(at_s=0.7, emitter="boots", name="footstep", contact=gravel),
            TimelineEvent(at_s=1.0, emitter="crate", name="impact", contact=wood),
        ),
    )
