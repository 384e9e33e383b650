#include "model/math.hpp"

namespace augsweep::model {

double arctangent(double a) {
  // FreeBSD's msun s_atan.c: reduce to an interval around a point whose arctan is known, then an odd
  // polynomial.
  constexpr double high[] = {4.63647609000806093515e-01, 7.85398163397448278999e-01,
                             9.82793723247329054082e-01, 1.57079632679489655800e+00};
  constexpr double low[] = {2.26987774529616870924e-17, 3.06161699786838301793e-17,
                            1.39033110312309984516e-17, 6.12323399573676603587e-17};
  constexpr double c[] = {
      3.33333333333329318027e-01,  -1.99999999998764832476e-01, 1.42857142725034663711e-01,
      -1.11111104054623557880e-01, 9.09088713343650656196e-02,  -7.69187620504482999495e-02,
      6.66107313738753120669e-02,  -5.83357013379057348645e-02, 4.97687799461593236017e-02,
      -3.65315727442169155270e-02, 1.62858201153657823623e-02};
  int point = -1;
  if (a > 1e19) {
    return high[3] + low[3];
  }
  double x = a;
  if (a >= 2.4375) {
    point = 3;
    x = -1.0 / a;
  } else if (a >= 1.1875) {
    point = 2;
    x = (a - 1.5) / (1.0 + 1.5 * a);
  } else if (a >= 0.6875) {
    point = 1;
    x = (a - 1.0) / (a + 1.0);
  } else if (a >= 0.4375) {
    point = 0;
    x = (2.0 * a - 1.0) / (2.0 + a);
  }
  const double z = x * x;
  const double w = z * z;
  const double odd = z * (c[0] + w * (c[2] + w * (c[4] + w * (c[6] + w * (c[8] + w * c[10])))));
  const double even = w * (c[1] + w * (c[3] + w * (c[5] + w * (c[7] + w * c[9]))));
  if (point < 0) {
    return x - x * (odd + even);
  }
  return high[point] - ((x * (odd + even) - low[point]) - x);
}

}  // namespace augsweep::model
