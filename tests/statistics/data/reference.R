# Writes the figures that survival_test.cpp expects, with R's own functions and the package survival (Debian: r-cran-survival).
#   Rscript tests/statistics/data/reference.R
library(survival)
options(digits = 15)

show_sample <- function(name, time, event, tau) {
  fit <- survfit(Surv(time, event) ~ 1)
  table <- summary(fit, rmean = tau)$table
  cat("==", name, "\n")
  cat("time    ", fit$time, "\n", "survival", fit$surv, "\n", "std_err ", fit$std.err, "\n", "lower   ", fit$lower, "\n",
      "upper   ", fit$upper, "\n")
  cat("median  ", table[["median"]], table[["0.95LCL"]], table[["0.95UCL"]], "\n")
  cat("rmean   ", table[["rmean"]], table[["se(rmean)"]], "\n")
}

a_time <- c(6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35)
a_event <- c(1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0)
b_time <- c(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)
b_event <- rep(1, 21)
c_time <- c(2, 4, 6, 8)
c_event <- c(1, 1, 1, 1)
show_sample("freireich treated", a_time, a_event, 35)
show_sample("freireich placebo", b_time, b_event, 23)
show_sample("four", c_time, c_event, 8)
time <- c(a_time, b_time); event <- c(a_event, b_event); group <- rep(1:2, c(21, 21))
test <- survdiff(Surv(time, event) ~ group)
cat("logrank ", test$chisq, pchisq(test$chisq, 1, lower.tail = FALSE), "\n")
for (case in list(c(57, 60), c(0, 16), c(16, 16), c(1, 7))) {
  cat("wilson  ", case, prop.test(case[1], case[2], correct = FALSE)$conf.int, "\n")
}
cat("fisher  ", fisher.test(matrix(c(57, 3, 49, 11), 2))$p.value, fisher.test(matrix(c(1, 9, 11, 3), 2))$p.value, "\n")
x <- c(3, 4, 8, 10, 15); y <- c(9, 14, 15, 20)
t <- t.test(x, y)
cat("welch   ", t$statistic, t$p.value, mean(x), sd(x), mean(y), sd(y), "\n")
cat("quantile", quantile(x, c(.25, .5, .75)), "\n")
