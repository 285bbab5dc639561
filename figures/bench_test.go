package figures

import "testing"

// BenchmarkTraining times what a live panel costs a training: go test ./figures -run - -bench .
func BenchmarkTraining(b *testing.B) {
	events := sampleEvents(10000)
	for _, format := range Formats {
		b.Run(format, func(b *testing.B) {
			for b.Loop() {
				if _, err := Training("simclr", events, nil, nil).Bytes(format); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSVG(b *testing.B) {
	for name, f := range samples() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := f.Bytes("svg"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
