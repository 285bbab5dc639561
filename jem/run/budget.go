package run

import (
	"fmt"
	"os"
)

// Budget says how much to compute: "ci" proves that everything runs, "lab" is what a reader waits for, "full" makes the
// numbers that are published. It scales steps, images and seeds, never a code path.
type Budget string

// The budgets.
const (
	CI   Budget = "ci"
	Lab  Budget = "lab"
	Full Budget = "full"
)

// BudgetFromEnv returns the budget that the environment variable JEM_BUDGET names, Lab if it is not set. Another word is an
// error that lists the valid ones.
func BudgetFromEnv() (Budget, error) {
	switch b := Budget(os.Getenv("JEM_BUDGET")); b {
	case "":
		return Lab, nil
	case CI, Lab, Full:
		return b, nil
	default:
		return "", fmt.Errorf("JEM_BUDGET=%s: choose ci, lab or full", b)
	}
}
