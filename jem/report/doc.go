// Package report leaves what the claims' measurements gave: a page for readers, and numbers to commit.
//
//	r := report.Report{Command: "jem claim --all", Entries: report.Entries()}
//	r.Entries[0].Result = &result   // one without a result is shown as failed, or as not measured
//	err := r.Leave(dir)             // index.html and claims.json
//
// The page is one file: style and figures are in it, there is no script, and nothing is fetched.
package report
