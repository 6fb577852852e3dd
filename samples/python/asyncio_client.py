"""You will hear (in steps.wav) two walkers at once: two coroutines over one connection, one on snow, one on metal."""

import asyncio
from pathlib import Path

from hobnail.client import AsyncClient
from hobnail.launch import ServerProcess


async def walk(client: AsyncClient, who: str, ground: str, pause_s: float) -> None:
    """Six steps; each answer tells the voice and the frame."""
    feet = await client.emitter(who, prompt="leather boots")
    for _ in range(6):
        ack = await feet.event("footstep", wait=True, material=ground, speed_m_s=1.5)
        print(f"{who}: voice {ack.voice} at frame {ack.at}")
        await asyncio.sleep(pause_s)


async def play(address: str) -> None:
    async with AsyncClient(address, name="sample") as client:
        await asyncio.gather(walk(client, "ann", "snow", 0.5), walk(client, "bob", "metal", 0.4))


def main() -> None:
    with ServerProcess(["--sink", "null", "--record", "steps.wav"]) as server:
        asyncio.run(play(server.control))
    print(f"steps.wav: {Path('steps.wav').stat().st_size} bytes")


if __name__ == "__main__":
    main()
