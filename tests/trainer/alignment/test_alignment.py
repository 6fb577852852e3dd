"""The module that training holds: arms, layers, stop steps, and where gradients go."""

import msgspec
import pytest
import torch
from torch import nn

from hobnail_trainer.alignment import Alignment, AlignmentSpec, Beside, ToItself, ToTeacher, ToText, Widths, lower_noise
from hobnail_trainer.errors import TeacherError

BATCH, HOPS, WIDTH, LAYERS, DIMS, TEXT = 4, 16, 24, 5, 10, 6
WIDTHS = Widths(student=WIDTH, layers=LAYERS, teacher=DIMS, text=TEXT)
MASK = torch.arange(HOPS)[None, :] < torch.tensor([16, 16, 12, 10])[:, None]
ARMS = ("repa", "irepa", "conv_only", "norm_only")


def states(seed=0, layers=LAYERS, width=WIDTH):
    chance = torch.Generator().manual_seed(seed)
    return [torch.randn(BATCH, HOPS, width, generator=chance, requires_grad=True) for _ in range(layers)]


def number(tensor):
    return tensor.detach().item()


def target(seed=9):
    return torch.randn(BATCH, HOPS, DIMS, generator=torch.Generator().manual_seed(seed), requires_grad=True)


def aligned(**tables):
    torch.manual_seed(3)
    return Alignment(AlignmentSpec(**tables), WIDTHS)


@pytest.mark.parametrize("arm", ARMS)
def test_the_gradient_reaches_the_student_and_never_the_teacher(arm):
    hidden, wanted = states(), target()
    aligned(teacher=ToTeacher(arm=arm, depth=2))(hidden, wanted, MASK).total.backward()
    assert wanted.grad is None
    assert [each.grad is not None for each in hidden] == [False, True, False, False, False]
    assert hidden[1].grad[MASK].abs().sum(dim=-1).min() > 0.0
    assert hidden[1].grad[~MASK].abs().max() == 0.0


@pytest.mark.parametrize("arm", ARMS)
def test_hops_that_do_not_count_change_no_loss(arm):
    alignment = aligned(teacher=ToTeacher(arm=arm, depth=2))
    hidden, wanted = states(), target()
    noisy = [torch.where(MASK.unsqueeze(-1), each, 100.0 * torch.ones_like(each)) for each in hidden]
    loud = torch.where(MASK.unsqueeze(-1), wanted, -50.0 * torch.ones_like(wanted))
    assert number(alignment(noisy, loud, MASK).total) == number(alignment(hidden, wanted, MASK).total)


def test_a_projector_that_hands_through_what_the_teacher_says_scores_minus_one():
    alignment = Alignment(
        AlignmentSpec(teacher=ToTeacher(arm="conv_only", depth=1, weight=1.0)),
        Widths(student=DIMS, layers=1, teacher=DIMS),
    )
    conv = alignment.teacher.projectors[0].conv
    with torch.no_grad():
        conv.weight.zero_()
        conv.bias.zero_()
        conv.weight[:, :, 1] = torch.eye(DIMS)
    wanted = target()
    assert number(alignment([wanted.detach()], wanted, MASK).total) == pytest.approx(-1.0, abs=1e-6)


@pytest.mark.parametrize(("causal", "reach"), [(False, {-1, 0, 1}), (True, {-2, -1, 0})])
def test_the_convolution_sees_three_hops(causal, reach):
    alignment = aligned(teacher=ToTeacher(arm="irepa", depth=1, causal=causal))
    project = alignment.teacher.projectors[0]
    assert project.conv.kernel_size == (3,)
    everything = torch.ones(1, HOPS, dtype=torch.bool)
    x = torch.zeros(1, HOPS, WIDTH)
    before = project(x, everything)
    x[0, 8] = 1.0
    moved = (project(x, everything) - before).abs().sum(dim=-1)[0] > 0.0
    assert {8 - int(hop) for hop in torch.nonzero(moved)} == reach


def test_repas_projector_has_three_layers_with_silu_between():
    layers = aligned(teacher=ToTeacher(arm="repa", depth=1, hidden=40)).teacher.projectors[0].layers
    assert [type(each) for each in layers] == [nn.Linear, nn.SiLU, nn.Linear, nn.SiLU, nn.Linear]
    assert [(each.in_features, each.out_features) for each in layers[::2]] == [(WIDTH, 40), (40, 40), (40, DIMS)]


def test_arms_differ_in_what_their_names_say():
    hidden, wanted = states(), target()
    shifted = wanted.detach() + 5.0 * torch.randn(BATCH, 1, DIMS, generator=torch.Generator().manual_seed(1))
    for arm, blind in (("irepa", True), ("norm_only", True), ("repa", False), ("conv_only", False)):
        alignment = aligned(teacher=ToTeacher(arm=arm, depth=2, gamma=1.0, epsilon=0.0, quiet=0.0))
        one, other = (number(alignment(hidden, each, MASK).total) for each in (wanted, shifted))
        assert (abs(one - other) < 1e-5) == blind, arm


def test_the_first_n_layers_count_one_nth_each_with_a_projector_of_their_own():
    alignment = aligned(teacher=ToTeacher(arm="repa", first=3, weight=1.0))
    hidden, wanted = states(), target()
    assert len(alignment.teacher.projectors) == 3
    alone = []
    for depth in (1, 2, 3):
        single = aligned(teacher=ToTeacher(arm="repa", depth=depth, weight=1.0))
        single.teacher.projectors[0].load_state_dict(alignment.teacher.projectors[depth - 1].state_dict())
        alone.append(number(single(hidden, wanted, MASK).total))
    assert number(alignment(hidden, wanted, MASK).total) == pytest.approx(sum(alone) / 3.0, abs=1e-6)


def test_from_its_stop_step_on_a_part_is_off_but_leaves_no_weight_without_a_gradient():
    alignment = aligned(teacher=ToTeacher(depth=2, stop_step=100), text=ToText(depth=4))
    hidden, beside = states(), Beside(text=torch.randn(BATCH, TEXT))
    assert set(alignment(hidden, target(), MASK, step=99, beside=beside).parts) == {"teacher", "text"}
    assert alignment.active(99) == {"teacher", "text"}
    assert alignment.active(100) == {"text"}
    stopped = alignment(hidden, target(), MASK, step=100, beside=beside)
    assert set(stopped.parts) == {"text"}
    stopped.total.backward()
    assert all(number(each.grad.abs().max()) == 0.0 for each in alignment.teacher.parameters())
    assert hidden[1].grad is None


def test_the_total_weighs_the_parts():
    alignment = aligned(
        teacher=ToTeacher(depth=1, weight=0.5), itself=ToItself(weight=0.3), text=ToText(depth=5, weight=0.2)
    )
    beside = Beside(text=torch.randn(BATCH, TEXT), averaged=states(seed=5))
    loss = alignment(states(), target(), MASK, beside=beside)
    parts = {name: number(each) for name, each in loss.parts.items()}
    assert number(loss.total) == pytest.approx(0.5 * parts["teacher"] + 0.3 * parts["itself"] + 0.2 * parts["text"])


def test_a_batch_without_targets_or_a_preset_without_parts_costs_nothing():
    assert number(aligned()(states(), None, MASK).total) == 0.0
    loss = aligned(teacher=ToTeacher(depth=1))(states(), None, MASK)
    assert (number(loss.total), loss.parts) == (0.0, {})


def test_rows_that_no_teacher_heard_have_no_part():
    alignment = aligned(teacher=ToTeacher(depth=2))
    hidden, wanted = states(), target()
    heard = torch.tensor([True, False, True, True])
    wrong = wanted.detach().clone()
    wrong[1] = 7.0
    losses = [number(alignment(hidden, each, MASK, beside=Beside(heard=heard)).total) for each in (wanted, wrong)]
    assert losses[0] == losses[1]


def test_self_alignment_draws_an_earlier_layer_to_a_later_one_and_leaves_the_later_alone():
    alignment = aligned(itself=ToItself(depth=2, later=4, weight=1.0))
    hidden, averaged = states(), states(seed=5)
    optimiser = torch.optim.Adam([*alignment.parameters(), hidden[1]], 1e-2)
    first = None
    for _ in range(60):
        loss = alignment(hidden, None, MASK, beside=Beside(averaged=averaged)).total
        first = number(loss) if first is None else first
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert number(loss) < 0.5 * first
    assert all(each.grad is None for each in averaged)
    larger = [10.0 * each for each in averaged]
    again = alignment(hidden, None, MASK, beside=Beside(averaged=larger)).total
    assert number(again) == pytest.approx(number(alignment(hidden, None, MASK, beside=Beside(averaged=averaged)).total))


def test_the_averaged_model_sees_less_noise():
    t = torch.linspace(0.0, 1.0, 200)
    lower = lower_noise(t, 0.2, torch.rand(t.shape, generator=torch.Generator().manual_seed(0)))
    assert ((t - lower >= 0.0) & (t - lower <= 0.2 + 1e-6)).all()
    assert lower.min() >= 0.0
    assert float((t - lower).max()) > 0.15


def test_text_alignment_learns_to_match_and_keeps_its_temperature_between_bounds():
    alignment = aligned(text=ToText(depth=4, weight=1.0, lowest=0.05, highest=0.2, temperature=0.1))
    hidden, text = states(), torch.randn(BATCH, TEXT)
    optimiser = torch.optim.Adam(alignment.parameters(), 0.05)
    losses = []
    for _ in range(40):
        loss = alignment(hidden, None, MASK, beside=Beside(text=text)).total
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(number(loss))
    assert losses[-1] < 0.1 * losses[0]
    assert 0.05 <= number(alignment.text.temperature) <= 0.2 + 1e-6
    with torch.no_grad():
        alignment.text.log_temperature.fill_(3.0)
    assert number(alignment.text.temperature) == pytest.approx(0.2)


def test_it_learns_in_bfloat16_too():
    alignment = aligned(teacher=ToTeacher(depth=2), text=ToText(depth=4))
    with torch.autocast("cpu", torch.bfloat16):
        loss = alignment(states(), target(), MASK, beside=Beside(text=torch.randn(BATCH, TEXT)))
    loss.total.backward()
    assert loss.total.dtype == torch.float32
    assert all(each.grad.isfinite().all() for each in alignment.parameters())


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"teacher": ToTeacher()}, "exactly one"),
        ({"teacher": ToTeacher(depth=1, first=2)}, "exactly one"),
        ({"teacher": ToTeacher(depth=6)}, "layer 6, expected 1 to 5"),
        ({"teacher": ToTeacher(first=9)}, "layer 9"),
        ({"teacher": ToTeacher(depth=1, kernel=2)}, "kernel 2"),
        ({"itself": ToItself(depth=4, later=2)}, "later not before depth"),
        ({"text": ToText(depth=2, temperature=0.9)}, "temperature 0.9"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(tables, says):
    with pytest.raises(TeacherError, match=says):
        aligned(**tables)


def test_wrong_shapes_are_refused_with_the_cure():
    alignment = aligned(teacher=ToTeacher(depth=1))
    with pytest.raises(TeacherError, match=r"4 hidden states.*expected 5"):
        alignment(states(layers=4), target(), MASK)
    with pytest.raises(TeacherError, match="Encode with the teacher"):
        alignment(states(), torch.zeros(BATCH, HOPS, DIMS + 1), MASK)


def test_a_preset_says_it_in_toml_and_unknown_keys_are_refused():
    text = b'[teacher]\narm = "irepa"\nfirst = 4\nstop_step = 5000\n[text]\nweight = 0.1\n'
    spec = msgspec.toml.decode(text, type=AlignmentSpec)
    assert (spec.teacher.first, spec.teacher.stop_step, spec.text.weight, spec.itself) == (4, 5000, 0.1, None)
    with pytest.raises(msgspec.ValidationError, match="kernal"):
        msgspec.toml.decode(b"[teacher]\nkernal = 3\n", type=AlignmentSpec)
