# SPDX-License-Identifier: Apache-2.0
"""Weir's detector (models/weir_nano.onnx) in onnxruntime and numpy."""

import numpy as np
import onnxruntime

STRIDES = (8, 16, 32)


class Detector:
    def __init__(self, path, width=640, height=192, score=0.1, nms=0.5, max_boxes=300):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.names = [output.name for output in self.session.get_outputs()]
        self.classes = self.session.get_modelmeta().custom_metadata_map["weir.classes"].split(",")
        self.size, self.score, self.nms, self.max_boxes = (width, height), score, nms, max_boxes

    def __call__(self, frame):
        """Boxes [n, 4] in pixels of the frame (u8 [height, width, 3], BGR), scores [n] and labels [n], best first."""
        outputs = dict(zip(self.names, self.session.run(None, {"image": fit(frame, *self.size)})))
        boxes, scores = zip(*(decode(outputs, stride, self.size[0] // stride) for stride in STRIDES))
        extent = np.tile(frame.shape[1::-1], 2)
        boxes = np.clip(np.concatenate(boxes) * extent / np.tile(self.size, 2), 0, extent)
        scores = np.concatenate(scores)
        labels, scores = scores.argmax(1).astype("<i4"), scores.max(1)
        kept = suppress(boxes, scores, labels, self.score, self.nms)[: self.max_boxes]
        return boxes[kept].astype("<f4"), scores[kept].astype("<f4"), labels[kept]


def fit(frame, width, height):
    """The frame stretched to the network's input (bilinear), as f32 [1, 3, height, width]."""
    x0, x1, fx = samples(width, frame.shape[1])
    y0, y1, fy = samples(height, frame.shape[0])
    rows = frame[y0] * (1 - fy)[:, None, None] + frame[y1] * fy[:, None, None]
    image = rows[:, x0] * (1 - fx)[:, None] + rows[:, x1] * fx[:, None]
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32)


def samples(count, length):
    """For each of `count` pixels: the two of `length` source pixels it lies between, and how near it is to the second."""
    at = np.clip((np.arange(count) + 0.5) * length / count - 0.5, 0, length - 1)
    first = at.astype(int)
    return first, np.minimum(first + 1, length - 1), at - first


def decode(outputs, stride, columns):
    """Boxes and class scores of one stride: each side's distance is the mean of a softmax over its bins."""
    scores, logits = outputs[f"scores_{stride}"][0], outputs[f"distances_{stride}"][0]
    weights = np.exp(logits.reshape(len(scores), 4, -1) - logits.reshape(len(scores), 4, -1).max(2, keepdims=True))
    sides = stride * (weights @ np.arange(weights.shape[2])) / weights.sum(2)
    cell = np.arange(len(scores))
    center = (np.stack([cell % columns, cell // columns], 1) + 0.5) * stride
    return np.concatenate([center - sides[:, :2], center + sides[:, 2:]], 1), scores


def suppress(boxes, scores, labels, least_score, most_overlap):
    """Indices of what is left after non-maximum suppression within each class, best first."""
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    order = [i for i in np.argsort(-scores, kind="stable") if scores[i] >= least_score and area[i] > 0]
    kept = []
    while order:
        best = order.pop(0)
        kept.append(best)
        common = np.maximum(0, np.minimum(boxes[best, 2:], boxes[order, 2:]) - np.maximum(boxes[best, :2], boxes[order, :2])).prod(1)
        overlap = common / np.maximum(area[best] + area[order] - common, 1e-9)
        order = [i for i, o in zip(order, overlap) if o <= most_overlap or labels[i] != labels[best]]
    return kept
