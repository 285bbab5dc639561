package lab

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"jemlab/jem"
	"jemlab/jem/export"
	"jemlab/jem/optim"
	"jemlab/jem/pretext"
	"jemlab/jem/pretrain"
	"jemlab/jem/probe"
	"jemlab/jem/run"
)

// trainedAs is what a model card says of a run's configuration.
type trainedAs struct {
	Task      json.RawMessage `json:"task"`
	Data      string          `json:"data"`
	Batch     int             `json:"batch"`
	Rate      float64         `json:"rate"`
	Optimizer optim.Optimizer `json:"optimizer"`
}

// modelCard returns README.md of an export: what the backbone is, how it was trained, what it was measured to be worth, and how it is used.
func modelCard(dir run.Dir, b export.Backbone, step int, half bool, files map[string][]byte) (string, error) {
	m, err := dir.Manifest()
	if err != nil {
		return "", err
	}
	var c trainedAs
	if err := json.Unmarshal(m.Config, &c); err != nil {
		return "", fmt.Errorf("%s: %w", dir.Path("run.json"), err)
	}
	task, err := readTask(m.Kind, c.Task)
	if err != nil {
		return "", fmt.Errorf("%s: %w", dir.Path("run.json"), err)
	}
	results, err := resultsOf(dir, step)
	if err != nil {
		return "", err
	}
	c.Data = publicName(c.Data)
	colours := map[int]string{1: "grey", 3: "colour"}[b.Input.Channels]
	size := fmt.Sprintf("%s images of %dx%d pixels", colours, b.Input.Width, b.Input.Height)
	name, how := taskInWords(task)

	var t strings.Builder
	fmt.Fprintf(&t, "---\nlicense: apache-2.0\nlibrary_name: jemlab\npipeline_tag: image-feature-extraction\ntags: [%q, %q]\n---\n\n", "self-supervised-learning", name)
	fmt.Fprintf(&t, "# Backbone for %s, by %s\n\n", size, name)
	fmt.Fprintf(&t, "A network that maps an image to its representation h, %d numbers, by which images of one kind are near each other. It was trained on\n"+
		"%d images of %s by %s (%d of %d steps, batches of %d).\n\n", b.Net.Dim(), m.Images["train"], c.Data, how, step, m.Steps, c.Batch)
	fmt.Fprintf(&t, "It takes %s and nothing else, and has seen nothing but these: of other pictures expect little.\n\n", size)
	writeFiles(&t, b, half, files)
	writeInput(&t, b)
	writeTraining(&t, b, m, c, task)
	writeAccuracy(&t, results, half)
	writeUse(&t, b, files)
	t.WriteString("## Licence\n\nApache-2.0, as the code that made it. The images it was trained on have a licence of their own.\n")
	return t.String(), nil
}

// publicName returns a dataset's name for a file that is handed on: the path of a folder is nobody's business.
func publicName(dataset string) string {
	if strings.HasPrefix(dataset, "folder:") {
		return "a folder of pictures"
	}
	return dataset
}

// taskInWords returns a task's name, and what kind of training it is.
func taskInWords(task pretrain.Task) (name, how string) {
	switch t := task.(type) {
	case jem.Method:
		return t.Name, t.Name + ", a joint-embedding method, without labels"
	case probe.Supervised:
		return "supervised", "supervised learning, with their labels"
	case pretext.Task:
		return t.Kind(), "the task " + t.Kind() + ", without labels"
	}
	return task.Kind(), task.Kind()
}

func writeFiles(t *strings.Builder, b export.Backbone, half bool, files map[string][]byte) {
	t.WriteString("## Files\n\n| file | bytes | holds |\n|---|---|---|\n")
	kind := "float32"
	if half {
		kind = "float16, rounded from float32"
	}
	holds := map[string]string{
		export.SafetensorsName: fmt.Sprintf("the %d numbers of the network, %s: kernels [height, width, in, out], and gamma, beta, running_mean and running_var [channels] of batch normalisation (ε = 1e-5)", b.Parameters(), kind),
		export.ONNXName:        "the network with its weights, float32, from bytes to h; batch normalisation is folded into the convolutions",
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(t, "| %s | %d | %s |\n", name, len(files[name]), holds[name])
	}
	t.WriteString("\n")
}

func writeInput(t *strings.Builder, b export.Backbone) {
	in := b.Input
	fmt.Fprintf(t, "## Input and output\n\n- images: bytes, uint8 [N, %d, %d, %d], 0 is black and 255 white, rows from the top", in.Height, in.Width, in.Channels)
	if in.Channels == 3 {
		t.WriteString(", red, green, blue")
	}
	fmt.Fprintf(t, ".\n- normalisation: (byte/255 - mean) / std with the mean %.6g and the std %.6g. %s does it itself.\n", in.Mean, in.Std, export.ONNXName)
	fmt.Fprintf(t, "- h: float32 [N, %d], the mean features of %dx%d cells of the image, cell by cell in rows. Compare images by the cosine of h.\n\n", b.Net.Dim(), b.Net.Grid, b.Net.Grid)
}

func writeTraining(t *strings.Builder, b export.Backbone, m run.Manifest, c trainedAs, task pretrain.Task) {
	fmt.Fprintf(t, "## Training\n\n%d steps of %d of the %d images, peak learning rate %g, seed %d, by the code of commit %s. Optimizer:\n\n```\n%s```\n\n",
		m.Steps, c.Batch, m.Images["train"], c.Rate, m.Seed, cmp.Or(m.Commit, "unknown"), wrap(jem.Fields(c.Optimizer), tableWidth))
	components := fmt.Sprintf("backbone  %s\n", b.Net)
	if method, ok := task.(jem.Method); ok {
		components = method.Table()
	}
	fmt.Fprintf(t, "Components:\n\n```\n%s```\n\n", wrap(components, tableWidth))
}

// resultsOf returns the evaluations of a run's checkpoint that its directory keeps.
func resultsOf(dir run.Dir, step int) ([]Evaluation, error) {
	paths, err := filepath.Glob(dir.Path("evaluation*.json"))
	if err != nil {
		return nil, err
	}
	var all []Evaluation
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var e Evaluation
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if e.Step == step {
			all = append(all, e)
		}
	}
	return all, nil
}

func writeAccuracy(t *strings.Builder, results []Evaluation, half bool) {
	t.WriteString("## Accuracy\n\n")
	if len(results) == 0 {
		t.WriteString("It was not measured. `jem evaluate --run RUN` does it, before the export.\n\n")
		return
	}
	t.WriteString("On test images, next to the controls")
	if half {
		t.WriteString("; with the weights before rounding")
	}
	t.WriteString(".\n\n| data | representation | protocol | labels | accuracy, % |\n|---|---|---|---|---|\n")
	for _, e := range results {
		for _, part := range [][]probe.Result{e.KNN, e.Linear, e.Head, e.Finetuned} {
			for _, r := range part {
				name := r.Features
				if name == filepath.Base(e.Run) {
					name = "**this backbone**"
				}
				fmt.Fprintf(t, "| %s | %s | %s | %d | %.1f |\n", publicName(e.Data), name, r.Protocol, r.Labels, r.Accuracy)
			}
		}
	}
	t.WriteString("\n")
}

func writeUse(t *strings.Builder, b export.Backbone, files map[string][]byte) {
	t.WriteString("## Use\n\n")
	in := b.Input
	if files[export.ONNXName] != nil {
		fmt.Fprintf(t, "From bytes to h in Python (`pip install onnxruntime`):\n\n```python\nimport numpy, onnxruntime\n\n"+
			"images = numpy.zeros((10, %d, %d, %d), numpy.uint8)  # yours\n"+
			"h = onnxruntime.InferenceSession(%q).run([\"h\"], {\"images\": images})[0]\nassert h.shape == (10, %d)\n```\n\n",
			in.Height, in.Width, in.Channels, export.ONNXName, b.Net.Dim())
	}
	if files[export.SafetensorsName] != nil {
		stem := b.Net.Layers(in.Channels)[0]
		shape := fmt.Sprintf("(%d, %d, %d, %d)", stem.Kernel, stem.Kernel, stem.In, stem.Out)
		fmt.Fprintf(t, "The weights in Python (`pip install safetensors numpy`):\n\n```python\nfrom safetensors.numpy import load_file\n\n"+
			"weights = load_file(%q)\nassert weights[\"stem/conv/weights\"].shape == %s  # height, width, in, out\n```\n\n", export.SafetensorsName, shape)
		t.WriteString("In a cell of jemlab, the folder's path stands for the name of a run: `l.ShowNeighbours(\"path/to/this/folder\", 6)`.\n\n")
	}
}
