// Package bench compares what one request costs with what it costs elsewhere:
//
//	go test -bench . ./tests/bench
//
// The programs take turns within one run, so that whatever else the machine
// does weighs on all of them alike; what counts are the ratios.
package bench
