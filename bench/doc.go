// Package bench measures. Its programs compare Gatehouse with a plain handler over real HTTP (compare,
// beside which plain is the handler) and write what they find into documents (report). Its tests look
// for the requests that take the most processor time before they are executed or refused:
// BenchmarkSearch finds them, BenchmarkWorst measures those that it has found.
//
//	make bench
//	make search
//	make worst
package bench
