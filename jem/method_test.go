package jem

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// JSON carries every method exactly, and a field that is not there is refused wherever it stands.
func TestMethodJSON(t *testing.T) {
	for _, name := range Names() {
		m, err := ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		if m.Name != name {
			t.Errorf("ByName(%q) has the name %q", name, m.Name)
		}
		m.Energy.Temperature = 0.1 + 0.2 // a number that needs all its digits
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var back Method
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, back); diff != "" {
			t.Errorf("%s through JSON (-want +got):\n%s", name, diff)
		}
		for _, field := range []string{`"energy":{`, `"projector":{`, `"second":{`, `"views":{`, `"backbone":{`, `{`} {
			broken := strings.Replace(string(text), field, field+`"nonsense":1,`, 1)
			if err := json.Unmarshal([]byte(broken), &back); err == nil || !strings.Contains(err.Error(), "nonsense") {
				t.Errorf("%s with a field nonsense in %s: %v, want an error that names it", name, field, err)
			}
		}
	}
	if _, err := ByName("simcrl"); err == nil || !strings.Contains(err.Error(), "simclr") {
		t.Errorf("ByName(simcrl) = %v, want an error that lists simclr", err)
	}
}

func TestSet(t *testing.T) {
	m := SimCLR()
	for assignment, want := range map[string]func() any{
		"energy.temperature=0.07":    func() any { return m.Energy.Temperature == 0.07 },
		" second.kind = momentum":    func() any { return m.Second.Kind == "momentum" },
		"second.momentum=1":          func() any { return m.Second.Momentum == 1 },
		"a.0.weight=1e-3":            func() any { return m.A[0].Weight == 1e-3 },
		"projector.widths=64,32":     func() any { return cmp.Equal(m.Projector.Widths, []int{64, 32}) },
		"projector.batch_norm=false": func() any { return !m.Projector.BatchNorm },
		"b=[]":                       func() any { return len(m.B) == 0 },
		"symmetric=true":             func() any { return m.Symmetric },
		`memory_bank={"size":9}`:     func() any { return m.MemoryBank.Size == 9 },
		`name="two words"`:           func() any { return m.Name == "two words" },
		"stop_gradient=y":            func() any { return m.StopGradient == "y" },
		"views.x.crop.area=0.2,1":    func() any { return m.Views.X.Crop.Area == [2]float64{0.2, 1} },
		"views.y.crop.area.0=0.5":    func() any { return m.Views.Y.Crop.Area[0] == 0.5 },
		"batch_norm.groups=4":        func() any { return m.BatchNorm.Groups == 4 },
	} {
		if err := Set(&m, assignment); err != nil || want() != true {
			t.Errorf("Set(%q) = %v, and the field is not set", assignment, err)
		}
	}
	// A list that is set anew keeps nothing of the old one.
	if err := Set(&m, `a=[{"kind":"uniformity","weight":2}]`); err != nil || !cmp.Equal(m.A, []Functional{{Kind: "uniformity", Weight: 2}}) {
		t.Errorf("Set(a) = %v, %v", m.A, err)
	}
}

func TestSetRefuses(t *testing.T) {
	for assignment, want := range map[string]string{
		"temperature=1":              "energy", // lists the valid fields
		"energy.temp=1":              "temperature",
		"energy.kind=manhattan":      `"squared"`,
		"energy.temperature=0":       "more than 0",
		"energy.temperature=nan":     "more than 0",
		"energy.temperature=inf":     "more than 0",
		"energy.temperature=warm":    "not a number",
		"second.momentum=1.01":       "0 or more, up to 1",
		"second.momentum=-0.1":       "0 or more, up to 1",
		"memory_bank.size=1.5":       "whole number",
		"memory_bank.kind=stack":     `"queue"`,
		"symmetric=maybe":            "true, false",
		"a.1.weight=1":               "1 elements",
		"a.0.kind=entropy":           `"log-sum-exp"`,
		`a=[{"kind":"entropy"}]`:     `a.0.kind: "entropy"`,
		`a=[{"weigth":1}]`:           "weigth",
		"projector.widths=64,many":   "JSON",
		"projector.widths=[64] [32]": "goes on",
		"views.x.crop.area=0.2":      "1 elements, want 2",
		"views.x.crop.area=0.2,1,2":  "3 elements, want 2",
		"name.first=x":               "no field",
		"energy.temperature":         "field=value",
	} {
		m := SimCLR()
		if err := Set(&m, assignment); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Set(%q) = %v, want an error that says %q", assignment, err, want)
		}
		if diff := cmp.Diff(SimCLR(), m); diff != "" {
			t.Errorf("Set(%q) failed but changed the method (-want +got):\n%s", assignment, diff)
		}
	}
}

func TestTableAndDiff(t *testing.T) {
	table := SimCLR().Table()
	for _, want := range []string{"energy", "kind=dot temperature=0.2 weight=1", "memory_bank", "none", "kind=log-sum-exp weight=0.5 pairs=simclr", "256-128"} {
		if !strings.Contains(table, want) {
			t.Errorf("Table() lacks %q:\n%s", want, table)
		}
	}
	if got := Diff(SimCLR(), SimCLR()); got != "" {
		t.Errorf("Diff(SimCLR, SimCLR) = %q, want nothing", got)
	}
	if !strings.Contains(table, "views x and y") || !strings.Contains(table, "area=0.3,1") {
		t.Errorf("Table() lacks the views:\n%s", table)
	}
	changed := SimCLR()
	changed.Energy.Temperature = 0.07
	changed.B = nil
	changed.A[0].Pairs = "lecture"
	changed.Symmetric = true
	want := "symmetric           false -> true\n" +
		"energy.temperature  0.2 -> 0.07\n" +
		"a.0.pairs           simclr -> lecture\n" +
		"b                   kind=log-sum-exp weight=0.5 pairs=simclr -> none\n"
	if got := Diff(SimCLR(), changed); got != want {
		t.Errorf("Diff = \n%s\nwant\n%s", got, want)
	}
}
