package resolvers

// checkInput bounds what is read of a request in JSON before it is: decoding takes time and memory for
// every value, and a body of a mebibyte has room for half a million. The value is nested in this many
// others that do not count: variables are in two, the body and themselves. JSON that is not well-formed
// may pass or not; the decoder refuses it.
func checkInput(raw []byte, outer int, limits *Limits) excesses {
	values, depth, deepest := 0, 0, 0
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			if end := endOfString(raw[i:]); end > 0 {
				i += end - 1
			} else { // it does not end
				i = len(raw)
			}
		case '[', '{':
			values++
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth--
		case ',':
			values++
		}
	}
	var found excesses
	found.check("inputValues", values, limits.InputValues)
	found.check("inputDepth", deepest-outer, limits.InputDepth)
	return found
}
