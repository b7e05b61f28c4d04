#include "complaint.h"
#include <stdarg.h>
#include <stdio.h>

bool complain(complaint *why, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(why->sentence, sizeof why->sentence, format, arguments);
  va_end(arguments);
  return false;
}
