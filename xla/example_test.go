package xla_test

import (
	"fmt"

	"jemlab/xla"
)

func ExampleOpen() {
	machine, err := xla.Open(xla.Config{Accelerator: "go"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(machine.Description)
	// Output:
	// go, 1 device: GoMLX's pure Go backend
	//   note: about 100 times slower than XLA on convolutions, and not all operations are there: for small tests only
}
