"""An operation and its loop twin: equal in value, and in slope along a drawn direction."""

import numpy as np
import torch

F64 = torch.float64


def draw(*shape, seed=0, scale=1.0):
    return scale * torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


def assert_equal_to_the_twin(operation, twin, shapes, settings):
    tensors = [draw(*shape, seed=seed).requires_grad_() for seed, shape in enumerate(shapes)]
    out = operation(*tensors, **settings)
    arrays = [x.detach().numpy() for x in tensors]
    expected = twin(*arrays, **settings)
    assert out.shape == expected.shape
    assert np.abs(out.detach().numpy() - expected).max() < 1e-11
    weight = draw(*out.shape, seed=9)
    grads = torch.autograd.grad((out * weight).sum(), tensors)
    step = 1e-5
    for which, grad in enumerate(grads):
        along = draw(*shapes[which], seed=7)
        ends = []
        for sign in (1, -1):
            moved = [x.copy() for x in arrays]
            moved[which] = moved[which] + sign * step * along.numpy()
            ends.append((twin(*moved, **settings) * weight.numpy()).sum())
        slope = (ends[0] - ends[1]) / (2 * step)
        assert abs(float((grad * along).sum()) - slope) < 1e-6 * max(1.0, abs(slope))


def assert_same_on_cuda(operation, shapes, settings):
    tensors = [draw(*shape, seed=seed) for seed, shape in enumerate(shapes)]
    cpu = operation(*tensors, **settings)
    cuda = operation(*(x.cuda() for x in tensors), **settings)
    assert torch.allclose(cuda.cpu(), cpu, rtol=0, atol=1e-9)
