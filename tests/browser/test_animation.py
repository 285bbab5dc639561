"""README's animation: how frames are put together, and what is committed."""

from PIL import Image

import animation
import lab


def durations(gif):
    """How long each frame is shown, in milliseconds."""
    return [gif.seek(i) or gif.info["duration"] for i in range(gif.n_frames)]


def test_assemble(tmp_path):
    """The size of the largest, every frame's own pixels, and the recorded time at the promised length."""
    frames = [(seconds, Image.new("RGB", (40, 20 + i), colour))
              for i, (seconds, colour) in enumerate([(3, "white"), (100, "red"), (110, "lime"), (140, "blue")])]
    animation.assemble(frames, tmp_path / "a.gif")
    gif = Image.open(tmp_path / "a.gif")
    assert gif.size == (40, 23) and gif.info["loop"] == 0
    assert durations(gif) == [1000, 3000, 9000, 2000]
    shown = []
    for i in range(gif.n_frames):
        gif.seek(i)
        shown.append([gif.convert("RGB").getpixel((5, y)) for y in (5, 22)])
    white, red, lime, blue = (255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255)
    assert shown == [[white, white], [red, white], [lime, white], [blue, blue]]


def test_repeated_frames(tmp_path):
    """A picture that shows nothing new lasts as long as it did."""
    white, red = Image.new("RGB", (4, 4), "white"), Image.new("RGB", (4, 4), "red")
    animation.assemble([(0, white), (5, red), (11, red), (17, white)], tmp_path / "a.gif")
    assert durations(Image.open(tmp_path / "a.gif")) == [1000, 12_000, 2000]


def test_committed():
    """What README shows is light enough for a slow line, repeats, and is as long as is said there."""
    path = lab.REPOSITORY / "docs" / "figures" / "live.gif"
    gif = Image.open(path)
    assert path.stat().st_size <= 1_000_000
    assert gif.width == animation.WIDTH and gif.info["loop"] == 0
    times = durations(gif)
    assert times[-1] == 1000 * animation.LAST
    assert abs(sum(times) - 1000 * (animation.FIRST + animation.TRAINING + animation.LAST)) < 1000
