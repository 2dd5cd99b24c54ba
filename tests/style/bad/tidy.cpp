namespace waystation::tests {

int uninitialised(bool known) {
  int value;
  if (known) value = 1;
  return value;
}

}  // namespace waystation::tests
